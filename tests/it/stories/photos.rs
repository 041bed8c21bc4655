//! Photos: who looks at them, and how soon who may not is given nothing.

use image::GenericImageView;
use letterlock::domain::id::MemberId;
use libtest_mimic::Trial;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    penpals::people,
    photos::{Look, album, change, files, jpeg, look, seen, send, shown},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_photo_is_its_owners_alone_until_it_is_shown,
        an_address_is_for_one_viewer_alone,
        an_address_dies_with_a_block_a_narrower_audience_the_end_of_a_bond_or_the_photo,
        what_is_not_for_the_viewer_looks_like_what_never_was,
        an_album_narrows_what_lies_in_it_and_its_end_widens_nothing,
        a_teen_shows_photos_to_penpals_at_most,
        who_turns_out_to_be_a_child_shows_nothing_and_leaves_nothing,
        one_account_that_cannot_go_keeps_no_other_one_here,
        a_photo_is_given_whole_or_not_at_all_whatever_is_known_of_it,
        one_photo_stands_for_a_member_before_those_who_may_look_at_it,
        nobody_changes_what_is_not_theirs,
        a_list_of_members_with_photos_costs_one_statement_more,
        pages_go_on_where_they_ended,
        a_photo_that_is_hidden_while_it_is_asked_for_is_not_given,
    )
}

const NOWHERE: &str = "/photos/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/large";

/// The only photo of a member's that the viewer is told of, and where it is.
async fn only(client: &Client, member: &str) -> (String, String) {
    let mut all = seen(client, member).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn is_a_photo(look: &Look) {
    assert_eq!(look.status, StatusCode::OK);
    let said = |name: &str| look.headers[name].to_str().unwrap().to_owned();
    assert_eq!(said("content-type"), "image/jpeg");
    assert_eq!(said("cache-control"), "no-store");
    assert_eq!(said("x-content-type-options"), "nosniff");
    assert_eq!(said("cross-origin-resource-policy"), "same-origin");
    assert_eq!(
        said("content-disposition"),
        "inline; filename=\"photo.jpg\""
    );
    // Nothing by which two accounts, or two moments, could be compared.
    for name in ["etag", "last-modified", "expires", "age", "accept-ranges"] {
        assert!(!look.headers.contains_key(name), "{name}");
    }
    let image = image::load_from_memory(&look.bytes).unwrap();
    assert_eq!(image.dimensions(), (60, 40));
}

async fn a_photo_is_its_owners_alone_until_it_is_shown(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let visitor = app.visitor();
    let photo = send(&ana, jpeg()).await;
    let (id, address) = only(&ana, &ana_id).await;
    assert_eq!(id, photo);
    is_a_photo(&look(&ana, &address).await);
    for other in [&ben, &visitor] {
        assert!(seen(other, &ana_id).await.is_empty());
        assert_eq!(look(other, &address).await.status, StatusCode::NOT_FOUND);
    }
    for (audience, to_ben, to_visitors) in [
        ("MEMBERS", true, false),
        ("PENPALS", false, false),
        ("PUBLIC", true, true),
        ("ONLY_ME", false, false),
    ] {
        let input = json!({"photo": photo, "audience": audience, "caption": "By the river"});
        assert!(change(&ana, input).await.is_empty());
        // A visitor meets those alone who show something of their profile.
        assert!(seen(&visitor, &ana_id).await.is_empty());
        ana.set_audience("CITY", "PUBLIC").await;
        for (other, sees) in [(&ben, to_ben), (&visitor, to_visitors)] {
            let found = seen(other, &ana_id).await;
            assert_eq!(found.len(), usize::from(sees), "{audience}");
            for (id, address) in found {
                assert_eq!(id, photo);
                is_a_photo(&look(other, &address).await);
            }
        }
        ana.set_audience("CITY", "MEMBERS").await;
    }
    // What only its owner is told.
    assert!(
        change(&ana, json!({"photo": photo, "audience": "MEMBERS"}))
            .await
            .is_empty()
    );
    let document = "query($id: ID!) { member(id: $id) { photos(first: 1) { edges { node {
        caption width height album audience sentAt } } } } }";
    let node = "/member/photos/edges/0/node";
    let own = ana.ask(document, json!({ "id": ana_id })).await.at(node);
    assert_eq!(own["audience"], "MEMBERS");
    assert!(own["sentAt"].is_string());
    let theirs = ben.ask(document, json!({ "id": ana_id })).await.at(node);
    assert_eq!(
        theirs,
        json!({"caption": "By the river", "width": 60, "height": 40, "album": null, "audience": null, "sentAt": null})
    );
}

async fn an_address_is_for_one_viewer_alone(app: TestApp) {
    let ([ana, ben, cleo], [ana_id, _, _]) = people(&app).await;
    let visitor = app.visitor();
    ana.set_audience("CITY", "PUBLIC").await;
    shown(&ana, "PUBLIC").await;
    let viewers = [&ana, &ben, &cleo, &visitor];
    let mut addresses = Vec::new();
    for viewer in viewers {
        addresses.push(only(viewer, &ana_id).await.1);
        // The same viewer finds it where it was.
        assert_eq!(
            only(viewer, &ana_id).await.1,
            addresses[addresses.len() - 1]
        );
    }
    for (viewer, by) in viewers.into_iter().zip(0..) {
        for (address, of) in addresses.iter().zip(0..) {
            let look = look(viewer, address).await;
            assert_eq!(look.status == StatusCode::OK, by == of, "{by} {of}");
        }
    }
    // Of Ben by another way in, it is Ben's.
    let (bearer, _) = ben.sign_in_for_bearer("ben@example.org").await;
    is_a_photo(&look(&bearer, &addresses[1]).await);
    // Who has signed out is a visitor.
    ben.query("mutation { signOut { signedOut } }").await;
    assert_eq!(
        look(&ben, &addresses[1]).await.status,
        StatusCode::NOT_FOUND
    );
}

async fn an_address_dies_with_a_block_a_narrower_audience_the_end_of_a_bond_or_the_photo(
    app: TestApp,
) {
    let ([ana, ben, cleo], [ana_id, ben_id, _]) = people(&app).await;
    ana.befriend(&ben).await;
    let photo = shown(&ana, "PENPALS").await;
    let (_, address) = only(&ben, &ana_id).await;
    is_a_photo(&look(&ben, &address).await);
    let gone = look(&cleo, NOWHERE).await.all();
    assert_eq!(gone.0, StatusCode::NOT_FOUND);
    let dead = async |client: &Client| {
        assert_eq!(look(client, &address).await.all(), gone);
        assert!(seen(client, &ana_id).await.is_empty());
    };

    assert!(
        change(&ana, json!({"photo": photo, "audience": "ONLY_ME"}))
            .await
            .is_empty()
    );
    dead(&ben).await;
    assert!(
        change(&ana, json!({"photo": photo, "audience": "PENPALS"}))
            .await
            .is_empty()
    );
    is_a_photo(&look(&ben, &address).await);

    ana.act("endPenpal", &ben_id).await;
    dead(&ben).await;
    assert!(
        change(&ana, json!({"photo": photo, "audience": "MEMBERS"}))
            .await
            .is_empty()
    );
    is_a_photo(&look(&ben, &address).await);

    // Whoever blocks.
    ben.block(&ana_id).await;
    dead(&ben).await;
    let (_, to_cleo) = only(&cleo, &ana_id).await;
    is_a_photo(&look(&cleo, &to_cleo).await);
    let blocked = cleo.whoami().await.unwrap();
    ana.block(&blocked).await;
    assert_eq!(look(&cleo, &to_cleo).await.all(), gone);

    let (_, own) = only(&ana, &ana_id).await;
    let delete =
        "mutation($id: ID!) { deletePhoto(input: {photo: $id}) { deleted userErrors { code } } }";
    let reply = ana.ask(delete, json!({ "id": photo })).await;
    assert_eq!(reply.at("/deletePhoto/deleted"), json!(photo));
    assert_eq!(look(&ana, &own).await.all(), gone);
    assert_eq!(files(app.photos.path()), 0, "the files went with it");
    assert_eq!(app.db_count("photo_files").await, 0);
    let again = ana.ask(delete, json!({ "id": photo })).await;
    assert_eq!(again.user_errors(), ["NOT_FOUND"]);
}

/// A block, a photo for others, one that is gone, and an address that was never given: the same answer, and as many
/// statements wherever there was a photo once.
async fn what_is_not_for_the_viewer_looks_like_what_never_was(app: TestApp) {
    let ([ana, ben, cleo], [ana_id, ben_id, _]) = people(&app).await;
    let [hidden, deleted] = [shown(&ana, "MEMBERS").await, shown(&ana, "MEMBERS").await];
    let told = seen(&ben, &ana_id).await;
    let at = |photo: &str| {
        let (_, address) = told.iter().find(|(id, _)| id == photo).unwrap();
        address.clone()
    };
    let theirs = shown(&cleo, "MEMBERS").await;
    let (id, blocked) = only(&ben, &cleo.whoami().await.unwrap()).await;
    assert_eq!(id, theirs);
    assert!(
        change(&ana, json!({"photo": hidden, "audience": "ONLY_ME"}))
            .await
            .is_empty()
    );
    let delete = "mutation($id: ID!) { deletePhoto(input: {photo: $id}) { deleted } }";
    ana.ask(delete, json!({ "id": deleted })).await;
    cleo.block(&ben_id).await;
    let never = look(&ben, NOWHERE).await.all();
    assert_eq!(never.0, StatusCode::NOT_FOUND);
    let mut costs = Vec::new();
    for address in [at(&hidden), at(&deleted), blocked] {
        app.recorder.clear();
        assert_eq!(look(&ben, &address).await.all(), never);
        costs.push(app.recorder.statements().len());
        // Nothing that is shown was read.
        let read = app.recorder.statements().join("\n");
        for column in ["caption", "photo_files", "title"] {
            assert!(!read.contains(column), "{read}");
        }
    }
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
    // Nor does a size that there is none of, or an address with something more, tell anything.
    for path in [
        at(&hidden).replace("/large", "/huge"),
        at(&hidden).replace("/large", "A/large"),
        "/photos/x/large".to_owned(),
        "/photos/..%2F..%2Fetc/large".to_owned(),
    ] {
        assert_eq!(look(&ben, &path).await.all(), never, "{path}");
    }
}

async fn an_album_narrows_what_lies_in_it_and_its_end_widens_nothing(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let photo = shown(&ana, "MEMBERS").await;
    let drawer = album(&ana, "A drawer", "ONLY_ME").await;
    let open = album(&ana, "Summer", "MEMBERS").await;
    let albums = async |client: &Client| {
        let document = "query($id: ID!) { member(id: $id) { albums(first: 5) { edges { node { id title audience createdAt } } } } }";
        let reply = client.ask(document, json!({ "id": ana_id })).await;
        reply.at("/member/albums/edges")
    };
    assert_eq!(albums(&ana).await.as_array().unwrap().len(), 2);
    let told = albums(&ben).await;
    assert_eq!(
        told,
        json!([{"node": {"id": open, "title": "Summer", "audience": null, "createdAt": null}}])
    );
    let put = async |album: Option<&str>| {
        assert!(
            change(&ana, json!({"photo": photo, "album": album}))
                .await
                .is_empty()
        );
    };
    let (_, address) = only(&ben, &ana_id).await;
    put(Some(&open)).await;
    is_a_photo(&look(&ben, &address).await);
    let within = "query($id: ID!, $album: ID!) { member(id: $id) { photos(first: 5, album: $album) { edges { node { id album } } } } }";
    let inside = async |client: &Client, album: &str| {
        let reply = client
            .ask(within, json!({"id": ana_id, "album": album}))
            .await;
        reply.at("/member/photos/edges")
    };
    assert_eq!(
        inside(&ben, &open).await,
        json!([{"node": {"id": photo, "album": open}}])
    );
    assert_eq!(inside(&ben, "nonsense").await, json!([]));

    put(Some(&drawer)).await;
    assert_eq!(look(&ben, &address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(inside(&ben, &drawer).await, json!([]));
    assert_eq!(inside(&ana, &drawer).await.as_array().unwrap().len(), 1);
    // Taken out of the drawer, it is not shown by that alone.
    put(None).await;
    assert_eq!(look(&ben, &address).await.status, StatusCode::NOT_FOUND);
    let input = json!({"photo": photo, "album": drawer, "audience": "MEMBERS"});
    assert!(change(&ana, input).await.is_empty());
    assert_eq!(look(&ben, &address).await.status, StatusCode::NOT_FOUND);
    // Nor where the drawer itself goes.
    let delete =
        "mutation($id: ID!) { deleteAlbum(input: {album: $id}) { deleted userErrors { code } } }";
    let reply = ana.ask(delete, json!({ "id": drawer })).await;
    assert_eq!(reply.at("/deleteAlbum/deleted"), json!(drawer));
    assert_eq!(look(&ben, &address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(seen(&ana, &ana_id).await.len(), 1);
    // An album that is narrowed takes what lies in it along, at once.
    let input = json!({"photo": photo, "album": open, "audience": "MEMBERS"});
    assert!(change(&ana, input).await.is_empty());
    is_a_photo(&look(&ben, &address).await);
    let narrow = "mutation($id: ID!) { updateAlbum(input: {album: $id, title: \"Winter\", audience: PENPALS}) { album { title audience } userErrors { code } } }";
    let reply = ana.ask(narrow, json!({ "id": open })).await;
    assert_eq!(
        reply.at("/updateAlbum/album"),
        json!({"title": "Winter", "audience": "PENPALS"})
    );
    assert_eq!(look(&ben, &address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(albums(&ben).await, json!([]));
}

async fn a_teen_shows_photos_to_penpals_at_most(app: TestApp) {
    let [tim, tom, adult] = [1, 2, 3].map(|network| app.visitor_at(network));
    let tim_id = tim.sign_up("Tim", "2010-01-01").await;
    tom.sign_up("Tom", "2010-02-01").await;
    adult.sign_up("Ada", "1990-01-01").await;
    let photo = send(&tim, jpeg()).await;
    for audience in ["MEMBERS", "PUBLIC"] {
        let wrong = change(&tim, json!({"photo": photo, "audience": audience})).await;
        assert_eq!(wrong, ["AUDIENCE_TOO_WIDE"]);
        let document = "mutation($audience: PhotoAudience!) { createAlbum(input: {title: \"A\", audience: $audience}) { album { id } userErrors { code } } }";
        let reply = tim.ask(document, json!({ "audience": audience })).await;
        assert_eq!(reply.user_errors(), ["AUDIENCE_TOO_WIDE"]);
    }
    assert!(
        change(&tim, json!({"photo": photo, "audience": "PENPALS"}))
            .await
            .is_empty()
    );
    assert!(seen(&tom, &tim_id).await.is_empty());
    tim.befriend(&tom).await;
    let (_, address) = only(&tom, &tim_id).await;
    is_a_photo(&look(&tom, &address).await);
    // Whatever stands in the database: wider than a teen may choose counts as what a teen may choose.
    app.db_sql("UPDATE photos SET audience = 4").await;
    tim.act("endPenpal", &tom.whoami().await.unwrap()).await;
    for other in [&tom, &adult, &app.visitor()] {
        assert!(seen(other, &tim_id).await.is_empty());
        assert_eq!(look(other, &address).await.status, StatusCode::NOT_FOUND);
    }
}

async fn one_account_that_cannot_go_keeps_no_other_one_here(app: TestApp) {
    let ([ana, ben], [ana_id, ben_id]) = people(&app).await;
    shown(&ana, "MEMBERS").await;
    let child = r#"mutation { correctBirthDate(input: {birthDate: "2020-01-01"}) { userErrors { code } } }"#;
    for client in [&ana, &ben] {
        assert!(client.query(child).await.user_errors().is_empty());
    }
    // Something of whoever has the database holds on to one of them.
    let held = MemberId::from_global(&ben_id).unwrap().key();
    app.db_sql("CREATE TABLE holds (member_id BIGINT REFERENCES members (id))")
        .await;
    app.db_sql(&format!("INSERT INTO holds VALUES ({held})"))
        .await;
    app.clock.advance(chrono::TimeDelta::hours(25));
    assert!(letterlock::jobs::forget(&app.services).await.is_err());
    let gone = MemberId::from_global(&ana_id).unwrap().key();
    let left = format!("SELECT count(*) AS n FROM members WHERE id = {gone}");
    assert_eq!(app.db_sql(&left).await, Some(0));
    assert_eq!(app.db_count("members").await, 1);
    assert_eq!(files(app.photos.path()), 0);
    app.db_sql("DROP TABLE holds").await;
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("members").await, 0);
}

async fn who_turns_out_to_be_a_child_shows_nothing_and_leaves_nothing(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let photo = shown(&ana, "MEMBERS").await;
    let set = "mutation($id: ID!) { setProfilePhoto(input: {photo: $id}) { photo { id } userErrors { code } } }";
    ana.ask(set, json!({ "id": photo })).await;
    let unused = crate::support::photos::ticket(&ana).await;
    let (_, own) = only(&ana, &ana_id).await;
    let (_, address) = only(&ben, &ana_id).await;
    is_a_photo(&look(&ben, &address).await);
    assert_eq!(files(app.photos.path()), 3);
    let child = r#"mutation { correctBirthDate(input: {birthDate: "2020-01-01"}) { userErrors { code } } }"#;
    assert!(ana.query(child).await.user_errors().is_empty());
    assert_eq!(
        look(&ben, &address).await.all(),
        look(&ben, NOWHERE).await.all()
    );
    assert_ne!(look(&ana, &own).await.status, StatusCode::OK);
    let sent = crate::support::photos::put(&ana, &unused, jpeg()).await;
    assert!(sent.status.is_client_error(), "{}", sent.text);
    app.clock.advance(chrono::TimeDelta::hours(25));
    letterlock::jobs::forget(&app.services).await.unwrap();
    for table in ["photos", "photo_files", "profile_photos", "photo_tickets"] {
        assert_eq!(app.db_count(table).await, 0, "{table}");
    }
    assert_eq!(files(app.photos.path()), 0);
    assert_eq!(
        look(&ben, &address).await.all(),
        look(&ben, NOWHERE).await.all()
    );
}

async fn a_photo_is_given_whole_or_not_at_all_whatever_is_known_of_it(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    shown(&ana, "MEMBERS").await;
    let (_, address) = only(&ben, &ana_id).await;
    let asked = async || {
        let mut all = Vec::new();
        for (name, value) in [
            ("if-none-match", "*"),
            ("if-modified-since", "Tue, 01 Jan 2030 00:00:00 GMT"),
            ("range", "bytes=0-0"),
        ] {
            let request = ben.request(reqwest::Method::GET, &address);
            let answer = request.header(name, value).send().await.unwrap();
            all.push((answer.status(), answer.bytes().await.unwrap()));
        }
        all
    };
    let whole = look(&ben, &address).await;
    is_a_photo(&whole);
    for answer in asked().await {
        assert_eq!(answer, (StatusCode::OK, whole.bytes.clone()));
    }
    ana.block(&ben.whoami().await.unwrap()).await;
    let nowhere = look(&ben, NOWHERE).await;
    for answer in asked().await {
        assert_eq!(answer, (StatusCode::NOT_FOUND, nowhere.bytes.clone()));
    }
}

async fn one_photo_stands_for_a_member_before_those_who_may_look_at_it(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let [one, two] = [shown(&ana, "MEMBERS").await, send(&ana, jpeg()).await];
    let stands = async |client: &Client| {
        let document = "query($id: ID!) { member(id: $id) { profilePhoto { id } } }";
        let reply = client.ask(document, json!({ "id": ana_id })).await;
        reply.at("/member/profilePhoto")
    };
    let set = async |photo: Option<&str>| {
        let document = "mutation($id: ID) { setProfilePhoto(input: {photo: $id}) { photo { id } userErrors { code } } }";
        let reply = ana.ask(document, json!({ "id": photo })).await;
        assert!(reply.user_errors().is_empty(), "{}", reply.text);
    };
    assert_eq!(stands(&ana).await, json!(null));
    for (photo, to_ana, to_ben) in [
        (Some(&one), json!({"id": one}), json!({"id": one})),
        (Some(&two), json!({"id": two}), json!(null)),
        (None, json!(null), json!(null)),
        (Some(&one), json!({"id": one}), json!({"id": one})),
    ] {
        set(photo.map(String::as_str)).await;
        assert_eq!(stands(&ana).await, to_ana);
        assert_eq!(stands(&ben).await, to_ben);
    }
    assert!(
        change(&ana, json!({"photo": one, "audience": "PENPALS"}))
            .await
            .is_empty()
    );
    assert_eq!(stands(&ben).await, json!(null));
    let delete = "mutation($id: ID!) { deletePhoto(input: {photo: $id}) { deleted } }";
    ana.ask(delete, json!({ "id": one })).await;
    assert_eq!(stands(&ana).await, json!(null));
}

async fn nobody_changes_what_is_not_theirs(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let photo = shown(&ana, "MEMBERS").await;
    let hidden = send(&ana, jpeg()).await;
    let summer = album(&ana, "Summer", "MEMBERS").await;
    let bens = send(&ben, jpeg()).await;
    let before = app.db_dump().await;
    let nobodys = "CQAAAAAAAAAB";
    for photo in [
        photo.as_str(),
        &hidden,
        nobodys,
        "nonsense",
        &summer,
        &ana_id,
    ] {
        let input = json!({"photo": photo, "audience": "PUBLIC", "caption": "mine"});
        assert_eq!(change(&ben, input).await, ["NOT_FOUND"], "{photo}");
        for (act, answer) in [
            ("deletePhoto", "deleted"),
            ("setProfilePhoto", "photo { id }"),
        ] {
            let document = format!(
                "mutation($id: ID!) {{ {act}(input: {{photo: $id}}) {{ {answer} userErrors {{ code }} }} }}"
            );
            let reply = ben.ask(&document, json!({ "id": photo })).await;
            assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{act} {photo}");
        }
    }
    for album in [summer.as_str(), "nonsense", &photo] {
        let input = json!({"photo": bens, "album": album});
        assert_eq!(change(&ben, input).await, ["NOT_FOUND"]);
        for (act, answer, more) in [
            ("deleteAlbum", "deleted", ""),
            (
                "updateAlbum",
                "album { id }",
                ", title: \"Mine\", audience: PUBLIC",
            ),
        ] {
            let document = format!(
                "mutation($id: ID!) {{ {act}(input: {{album: $id{more}}}) {{ {answer} userErrors {{ code }} }} }}"
            );
            let reply = ben.ask(&document, json!({ "id": album })).await;
            assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{act} {album}");
        }
    }
    app.assert_nothing_stored(&before, "somebody else's photo was changed")
        .await;
    // A visitor is told to sign in.
    for act in [
        "requestPhotoUpload { userErrors { code } }",
        "deletePhoto(input: {photo: \"x\"}) { userErrors { code } }",
        "createAlbum(input: {title: \"x\", audience: ONLY_ME}) { userErrors { code } }",
    ] {
        let reply = app.visitor().query(&format!("mutation {{ {act} }}")).await;
        assert_eq!(reply.codes(), ["UNAUTHENTICATED"], "{act}");
    }
}

async fn a_list_of_members_with_photos_costs_one_statement_more(app: TestApp) {
    let (clients, _) = people::<4>(&app).await;
    for client in &clients[1..] {
        let photo = shown(client, "MEMBERS").await;
        let set = "mutation($id: ID!) { setProfilePhoto(input: {photo: $id}) { photo { id } } }";
        client.ask(set, json!({ "id": photo })).await;
    }
    let cost = async |below: &str| {
        let document =
            format!("{{ members(first: 50) {{ edges {{ node {{ id displayName {below} }} }} }} }}");
        clients[0].query(&document).await;
        app.recorder.clear();
        let reply = clients[0].query(&document).await;
        (app.recorder.statements().len(), reply.at("/members/edges"))
    };
    let (plain, _) = cost("").await;
    let (with_one, found) = cost("profilePhoto { id address(size: SMALL) }").await;
    assert_eq!(with_one, plain + 1);
    let photos = found.as_array().unwrap().iter();
    assert_eq!(
        photos
            .filter(|it| it["node"]["profilePhoto"].is_object())
            .count(),
        3
    );
    let (with_all, _) = cost(
        "profilePhoto { id } photos(first: 3) { edges { node { id } } } albums(first: 2) { edges { node { id } } }",
    )
    .await;
    assert_eq!(with_all, plain + 3);
}

async fn pages_go_on_where_they_ended(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    let mut sent = Vec::new();
    for nth in 0..5 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        sent.push(shown(&ana, if nth == 2 { "ONLY_ME" } else { "MEMBERS" }).await);
    }
    let page = async |client: &Client, after: Option<&str>| {
        let document =
            "query($id: ID!, $after: String) { member(id: $id) { photos(first: 2, after: $after) {
            edges { node { id } } pageInfo { hasNextPage endCursor } } } }";
        let reply = client
            .ask(document, json!({"id": ana_id, "after": after}))
            .await;
        if reply.json().get("errors").is_some() {
            return None;
        }
        let photos = reply.at("/member/photos");
        let edges = photos["edges"].as_array().unwrap().iter();
        let ids: Vec<String> = edges
            .map(|it| it["node"]["id"].as_str().unwrap().to_owned())
            .collect();
        let info = &photos["pageInfo"];
        let cursor = info["endCursor"].as_str().map(str::to_owned);
        Some((ids, info["hasNextPage"] == true, cursor))
    };
    // What is hidden leaves no gap.
    let (first, more, cursor) = page(&ben, None).await.unwrap();
    assert_eq!(
        (first, more),
        (vec![sent[4].clone(), sent[3].clone()], true)
    );
    let (rest, more, _) = page(&ben, cursor.as_deref()).await.unwrap();
    assert_eq!(
        (rest, more),
        (vec![sent[1].clone(), sent[0].clone()], false)
    );
    // Another's cursor is none.
    assert!(page(&ana, cursor.as_deref()).await.is_none());
}

/// Between the decision and the read there is a moment.
async fn a_photo_that_is_hidden_while_it_is_asked_for_is_not_given(app: TestApp) {
    let ([ana, ben], [ana_id, _]) = people(&app).await;
    shown(&ana, "MEMBERS").await;
    let (_, address) = only(&ben, &ana_id).await;
    let database = app.address.clone();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let changing = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        receiver.recv().unwrap();
        let sql = "UPDATE photos SET audience = 0; UPDATE standings SET privacy_version = privacy_version + 1";
        runtime.block_on(crate::support::raw::run(&database, sql));
    });
    let changing = std::sync::Mutex::new(Some(changing));
    app.recorder.listen(move |statement| {
        // The name of the files is about to be read: the decision is behind it.
        if statement.contains("photo_files")
            && let Some(changing) = changing.lock().unwrap().take()
        {
            sender.send(()).unwrap();
            changing.join().unwrap();
        }
    });
    let looked = look(&ben, &address).await;
    app.recorder.unlisten();
    assert_eq!(looked.all(), look(&ben, NOWHERE).await.all());
}

//! Every field of the schema gives a value to somebody: what makes silence before others mean something.

use std::collections::BTreeSet;

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::{
    canaries::global,
    documents::{About, Document, declared, documents},
    reach::{FieldName, Sdl},
};
use crate::stories::linking;
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    photos, trials,
    world::{Person, Plan},
};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; every_field_of_the_schema_gives_a_value_to_whom_it_belongs)
}

/// Nothing can be put right about these, so their list of errors is always empty.
const NEVER_WRONG: [&str; 1] = ["SignOutPayload"];

/// Asks documents by name, and keeps in mind which fields gave a value.
struct Asker {
    sdl: Sdl,
    documents: Vec<Document>,
    valued: BTreeSet<FieldName>,
}

impl Asker {
    async fn ask(&mut self, client: &Client, name: &str, variables: Value) -> Reply {
        let document = self
            .documents
            .iter()
            .find(|document| document.name == name)
            .unwrap();
        let reply = client
            .ask(&document.text, declared(&document.text, &variables))
            .await;
        let json = reply.json();
        assert!(json.get("errors").is_none(), "{name}: {}", reply.text);
        self.valued
            .extend(self.sdl.valued(&document.text, &json["data"]));
        reply
    }
}

/// Switches it on and off again, wrongly as well.
async fn second_factor(app: &TestApp, asker: &mut Asker, owner: &Client) {
    let none = json!({});
    asker.ask(owner, "renewRecoveryCodes", none.clone()).await;
    let key = asker
        .ask(owner, "prepareSecondFactor", none.clone())
        .await
        .at("/prepareSecondFactor/key");
    let now = u64::try_from(app.clock.now().timestamp()).unwrap();
    let secret = totp_rs::Secret::try_from_base32(key.as_str().unwrap()).unwrap();
    let authenticator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let code = json!({"code": authenticator.generate(now).to_string()});
    asker.ask(owner, "enableSecondFactor", code).await;
    asker.ask(owner, "prepareSecondFactor", none.clone()).await;
    asker.ask(owner, "me", none.clone()).await;
    asker.ask(owner, "disableSecondFactor", none).await;
}

/// Letters both ways, read, put away and reported, wrongly as well; gives back a conversation of the owner's and a message.
async fn correspondence(
    asker: &mut Asker,
    owner: &Client,
    me: &str,
    app: &TestApp,
    people: &[Person],
) -> (Value, Value) {
    let penpal = app.db_client(&people[0]).await;
    let to_me = |text: &str| json!({"id": me, "text": text});
    let to_them = json!({"id": global(people[0].id), "text": "A lantern for you"});
    let sent = asker.ask(owner, "sendMessage", to_them.clone()).await;
    let conversation = sent.at("/sendMessage/conversation/id");
    let message = sent.at("/sendMessage/message/id");
    asker
        .ask(
            owner,
            "sendMessage",
            json!({"id": global(people[0].id), "text": " "}),
        )
        .await;
    let of = json!({"conversation": conversation, "message": message, "text": "A lantern, and …", "youngest": 20});
    // The other one reads it and answers, while the owner listens.
    for (name, act) in [
        ("conversationChanged", "markRead"),
        ("messageReceived", "sendMessage"),
        ("noticeReceived", "createPost on a wall"),
    ] {
        let answering = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let documents = documents();
            let document = documents
                .iter()
                .find(|document| document.name == act)
                .unwrap();
            let mut variables = to_me("Thank you");
            variables["conversation"] = conversation.clone();
            variables["message"] = message.clone();
            penpal
                .ask(&document.text, declared(&document.text, &variables))
                .await
        };
        let (_, answered) = tokio::join!(asker.ask(owner, name, json!({})), answering);
        assert!(answered.user_errors().is_empty(), "{}", answered.text);
    }
    asker.ask(owner, "presence", json!({"id": me})).await;
    asker.ask(owner, "conversationWith", to_them.clone()).await;
    let nowhere = json!({"conversation": "nowhere", "message": "none", "text": "x", "youngest": 2});
    for name in [
        "saveDraft",
        "acceptConversation",
        "muteConversation",
        "markRead",
        "setContactRules",
    ] {
        asker.ask(owner, name, of.clone()).await;
        asker.ask(owner, name, nowhere.clone()).await;
    }
    let theirs = owner
        .query("{ me { conversations(first: 1) { edges { node { lastMessage { id } } } } } }")
        .await
        .at("/me/conversations/edges/0/node/lastMessage/id");
    for message in [theirs, json!("none")] {
        let variables = json!({"message": message, "text": "Please look"});
        asker.ask(owner, "report", variables).await;
    }
    (conversation, message)
}

/// Posts on one's own wall and on a penpal's, and comments, wrongly as well; gives back a post of the owner's and a comment.
async fn walls(
    asker: &mut Asker,
    owner: &Client,
    me: &str,
    app: &TestApp,
    people: &[Person],
) -> (Value, Value) {
    let penpal = app.db_client(&people[0]).await;
    let said = json!({"id": global(people[0].id), "text": "A lantern on the wall"});
    asker.ask(owner, "createPost on a wall", said.clone()).await;
    let post = asker
        .ask(owner, "createPost", said)
        .await
        .at("/createPost/post/id");
    let mut of = json!({"id": me, "post": post, "text": "Where is it from?"});
    asker.ask(&penpal, "createPost on a wall", of.clone()).await;
    asker.ask(&penpal, "createComment", of.clone()).await;
    let comment = asker
        .ask(owner, "createComment", of.clone())
        .await
        .at("/createComment/comment/id");
    of["comment"] = comment.clone();
    of["text"] = json!("A lantern from Porto");
    let nowhere = json!({"id": "nobody", "post": "none", "comment": "none", "text": " "});
    let nothing = json!({"post": "none", "comment": "none", "text": "x"});
    for name in ["editPost", "editComment"] {
        asker.ask(owner, name, of.clone()).await;
        asker.ask(owner, name, nothing.clone()).await;
    }
    for name in ["createPost", "createComment", "deletePost", "deleteComment"] {
        asker.ask(owner, name, nowhere.clone()).await;
    }
    (post, comment)
}

/// A photo in an album, wrongly as well; gives back both.
async fn photographs(asker: &mut Asker, owner: &Client, app: &TestApp) -> Value {
    let full = "INSERT INTO photos (id, owner_id, album_id, audience, caption, width, height, created_at) VALUES ";
    let rows: Vec<String> = (1..=letterlock::store::photos::MOST_PHOTOS)
        .map(|nth| {
            // Nobody else has a password.
            let of = "(SELECT max(member_id) FROM accounts WHERE password_hash <> '!')";
            format!("({nth}, {of}, NULL, 0, NULL, 1, 1, 0)")
        })
        .collect();
    app.db_sql(&format!("{full}{}", rows.join(", "))).await;
    asker.ask(owner, "requestPhotoUpload", json!({})).await;
    app.db_sql("DELETE FROM photos").await;
    let upload = asker.ask(owner, "requestPhotoUpload", json!({})).await;
    let path = upload.at("/requestPhotoUpload/upload/path");
    let sent = photos::put(owner, path.as_str().unwrap(), photos::jpeg()).await;
    let album = asker
        .ask(owner, "createAlbum", json!({"name": "Summer"}))
        .await;
    asker.ask(owner, "createAlbum", json!({"name": " "})).await;
    let own = json!({
        "photo": sent.json()["photo"],
        "album": album.at("/createAlbum/album/id"),
        "name": "Winter",
        "text": "By the river",
    });
    let nowhere = json!({"photo": "nowhere", "album": "nowhere", "name": "x", "text": "x"});
    for name in ["updatePhoto", "setProfilePhoto", "updateAlbum"] {
        asker.ask(owner, name, own.clone()).await;
        asker.ask(owner, name, nowhere.clone()).await;
    }
    own
}

async fn every_field_of_the_schema_gives_a_value_to_whom_it_belongs(app: TestApp) {
    let mut asker = Asker {
        sdl: Sdl::read(),
        documents: documents(),
        valued: BTreeSet::new(),
    };
    let plans =
        ["Penpal", "Asker", "Asked", "Tiresome"].map(|name| Plan::adult(name, Audience::Public));
    let mut plans = plans.to_vec();
    plans.push(Plan::teen("Teen", Audience::Members));
    let people = app.db_world(&plans, &[], &[]).await;
    let id = |nth: usize| json!({"id": global(people[nth].id)});

    // Coming in, wrongly first.
    let owner = app.visitor();
    asker
        .ask(&app.visitor(), "screenAge", json!({"date": "1800-01-01"}))
        .await;
    let screened = asker
        .ask(&owner, "screenAge", json!({"date": "1990-05-06"}))
        .await;
    let sign_up = |token: Value| {
        json!({"signUp": {
            "screeningToken": token, "displayName": "Owner", "email": "owner@example.org", "password": PASSWORD,
        }})
    };
    asker
        .ask(&owner, "signUp", sign_up(json!("none of yours")))
        .await;
    let signed_up = asker
        .ask(
            &owner,
            "signUp",
            sign_up(screened.at("/screenAge/screeningToken")),
        )
        .await;
    let me = signed_up
        .at("/signUp/me/member/id")
        .as_str()
        .unwrap()
        .to_owned();
    asker
        .ask(&owner, "updateProfile", json!({"profile": {"city": " "}}))
        .await;
    let profile = json!({
        "fullName": "O", "gender": "WOMAN", "country": "PT", "city": "Porto", "occupation": "baker",
        "phone": "+351 21 123 4567", "postalAddress": "Rua 1\nPorto", "education": "school",
        "relationship": "SINGLE", "lookingFor": "letters",
        "webHandles": [{"service": "Somewhere", "address": "@o"}],
        "aboutMe": "me", "languages": [{"language": "pt", "fluency": "NATIVE"}], "interests": ["chess"],
    });
    asker
        .ask(&owner, "updateProfile", json!({"profile": profile}))
        .await;
    asker
        .ask(&owner, "setVisibility", json!({"audience": "PUBLIC"}))
        .await;
    asker
        .ask(&owner, "setVisibility", json!({"audience": "PENPALS"}))
        .await;
    for finders in ["EVERYONE", "MEMBERS"] {
        asker
            .ask(&owner, "setFindability", json!({"finders": finders}))
            .await;
    }

    // Penpals, requests both ways, a block.
    for nth in [0, 1] {
        let other = app.db_client(&people[nth]).await;
        asker.ask(&other, "askPenpal", json!({"id": me})).await;
    }
    asker.ask(&owner, "acceptPenpal", id(0)).await;
    asker.ask(&owner, "acceptPenpal", id(0)).await;
    asker.ask(&owner, "createList", json!({"name": " "})).await;
    let list = asker
        .ask(&owner, "createList", json!({"name": "Near"}))
        .await
        .at("/createList/list/id");
    let listed =
        json!({"list": list, "id": global(people[0].id), "name": "Far", "preset": "CAREFUL"});
    asker.ask(&owner, "addToList", listed.clone()).await;
    asker
        .ask(&owner, "setVisibility to a list", listed.clone())
        .await;
    asker.ask(&owner, "askPenpal", id(2)).await;
    asker.ask(&owner, "block", id(3)).await;
    asker.ask(&owner, "block", id(3)).await;

    let (conversation, message) = correspondence(&mut asker, &owner, &me, &app, &people).await;

    let (post, comment) = walls(&mut asker, &owner, &me, &app, &people).await;
    let photographs = photographs(&mut asker, &owner, &app).await;

    // Everything that can be asked.
    let own = asker.ask(&owner, "me", json!({})).await;
    app.db_announce("The policy has changed.").await;
    let told = asker.ask(&owner, "notices", json!({})).await;
    let at = |pointer: &str| own.at(&format!("/me{pointer}"));
    let variables = json!({
        "id": me,
        "handle": at("/member/handle"),
        "email": "owner@example.org",
        "session": at("/sessions/0/id"),
        "list": at("/lists/0/id"),
        "request": at("/requestsReceived/edges/0/node/id"),
        "block": at("/blocks/edges/0/node/id"),
        "conversation": conversation,
        "message": message,
        "post": post,
        "comment": comment,
        "notice": told.at("/me/notices/edges/0/node/id"),
        "text": "Write to lantern@example.org",
    });
    asker
        .ask(
            &owner,
            "markNoticesRead up to one",
            json!({"notice": "none"}),
        )
        .await;
    for name in ["setMailPreference", "setMailPreference that cannot be"] {
        asker.ask(&owner, name, json!({"wanted": false})).await;
    }
    let long = json!({"text": "x".repeat(20_001)});
    asker.ask(&owner, "checkText", long).await;
    for name in asker
        .documents
        .iter()
        .map(|document| (document.name, document.about))
        .collect::<Vec<_>>()
    {
        if name.1 != About::Act {
            asker.ask(&owner, name.0, variables.clone()).await;
        }
    }

    // The other acts.
    for name in ["deletePhoto", "deletePhoto", "deleteAlbum", "deleteAlbum"] {
        asker.ask(&owner, name, photographs.clone()).await;
    }
    for name in [
        "markNoticesRead",
        "markNoticesRead up to one",
        "deleteComment",
        "deletePost",
        "deleteMessage",
        "deleteMessage",
        "archiveConversation",
        "deleteConversation",
    ] {
        asker.ask(&owner, name, variables.clone()).await;
    }
    for name in [
        "renameList",
        "removeFromList",
        "deleteList",
        "deleteList",
        "applyPreset",
    ] {
        asker.ask(&owner, name, listed.clone()).await;
    }
    asker.ask(&owner, "declinePenpal", id(1)).await;
    asker.ask(&owner, "withdrawPenpal", id(2)).await;
    asker.ask(&owner, "endPenpal", id(0)).await;
    asker.ask(&owner, "unblock", variables.clone()).await;
    asker.ask(&owner, "unblock", variables.clone()).await;
    asker
        .ask(
            &owner,
            "block by handle",
            json!({"handle": people[3].handle}),
        )
        .await;
    let passwords = json!({"password": PASSWORD, "newPassword": "eight-owls-over-coimbra", "newEmail": "o@example.org"});
    asker
        .ask(&owner, "reauthenticate", json!({"password": "not hers"}))
        .await;
    asker.ask(&owner, "reauthenticate", passwords.clone()).await;
    asker
        .ask(&owner, "changeEmail", json!({"newEmail": "no address"}))
        .await;
    asker.ask(&owner, "changeEmail", passwords.clone()).await;
    linking::follow_changes(&app).await;
    let links = json!({"newEmail": "o@example.org", "newPassword": "x", "text": "no link"});
    for name in [
        "requestEmailConfirmation",
        "requestPasswordReset",
        "resetPassword",
        "confirmEmail",
    ] {
        asker.ask(&owner, name, links.clone()).await;
    }
    asker
        .ask(&owner, "changePassword", json!({"newPassword": "x"}))
        .await;
    asker.ask(&owner, "changePassword", passwords).await;
    second_factor(&app, &mut asker, &owner).await;
    let teen = app.db_client(&people[4]).await;
    // Nobody put into the database has a password: lend the teen the owner's.
    let hash = "SELECT password_hash FROM accounts WHERE password_hash <> '!'";
    app.db_sql(&format!(
        "UPDATE accounts SET password_hash = ({hash}) WHERE member_id = {}",
        people[4].id.key()
    ))
    .await;
    let date = json!({"date": "1990-01-01", "password": "eight-owls-over-coimbra"});
    asker.ask(&teen, "correctBirthDate", date).await;
    let again = json!({"email": "o@example.org", "password": "eight-owls-over-coimbra"});
    let bearer = asker.ask(&app.visitor(), "signIn", again).await;
    let bearer = app
        .visitor()
        .with_bearer(bearer.at("/signIn/token").as_str().unwrap());
    asker.ask(&bearer, "revokeSession", variables.clone()).await;
    asker.ask(&bearer, "revokeSession", variables).await;
    asker.ask(&bearer, "revokeOtherSessions", json!({})).await;
    asker.ask(&bearer, "signOut", json!({})).await;

    for payload in NEVER_WRONG {
        let errors = (payload.to_owned(), "userErrors".to_owned());
        assert!(
            asker.valued.insert(errors),
            "{payload} can be wrong after all"
        );
    }
    let missing: Vec<FieldName> = asker
        .sdl
        .fields()
        .difference(&asker.valued)
        .cloned()
        .collect();
    assert!(missing.is_empty(), "no case gives a value of {missing:?}");
}

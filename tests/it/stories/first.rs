//! A first story: sign up, become penpals, set an audience, block.

use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{app::TestApp, backend::Backends, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; a_member_decides_who_sees_their_city_and_every_viewer_gets_just_that)
}

const CITY: &str = "query($id: ID!) { member(id: $id) { displayName profile { city } } }";

async fn a_member_decides_who_sees_their_city_and_every_viewer_gets_just_that(app: TestApp) {
    let (ana, ben, cleo) = (app.visitor(), app.visitor(), app.visitor());
    let ana_id = ana.sign_up("Ana", "1990-01-01").await;
    let ben_id = ben.sign_up("Ben", "1991-01-01").await;
    cleo.sign_up("Cleo", "1992-01-01").await;
    let updated = ana
        .query(r#"mutation { updateProfile(input: {city: "Porto"}) { me { member { profile { city } } } userErrors { code } } }"#)
        .await;
    assert_eq!(updated.at("/updateProfile/me/member/profile/city"), "Porto");

    // The default: penpals.
    let seen = |reply: crate::support::client::Reply| reply.at("/member/profile/city");
    assert_eq!(
        seen(cleo.ask(CITY, json!({"id": ana_id})).await),
        json!(null)
    );
    assert_eq!(
        ben.act("askPenpal", &ana_id)
            .await
            .at("/askPenpal/member/bond"),
        "ASKED_BY_ME"
    );
    assert_eq!(
        ana.act("acceptPenpal", &ben_id)
            .await
            .at("/acceptPenpal/member/bond"),
        "PENPALS"
    );
    assert_eq!(seen(ben.ask(CITY, json!({"id": ana_id})).await), "Porto");
    assert_eq!(
        seen(cleo.ask(CITY, json!({"id": ana_id})).await),
        json!(null)
    );

    // Wider, for the very next read.
    ana.set_audience("CITY", "MEMBERS")
        .await
        .at("/setVisibility");
    assert_eq!(seen(cleo.ask(CITY, json!({"id": ana_id})).await), "Porto");
    let visitor = app.visitor().ask(CITY, json!({"id": ana_id})).await;
    assert_eq!(visitor.at("/member"), json!(null));

    // Blocked: as if she had never been.
    assert_eq!(ana.block(&ben_id).await.user_errors(), Vec::<String>::new());
    assert_eq!(
        ben.ask(CITY, json!({"id": ana_id})).await.at("/member"),
        json!(null)
    );
    assert_eq!(
        ana.ask(CITY, json!({"id": ben_id})).await.at("/member"),
        json!(null)
    );
}

//! What a change of audiences would bring about, seen before it is made.

use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::reflections::scene;
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    penpals::{list, set_well},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        what_is_foreseen_is_what_comes_of_it,
        a_preset_can_be_looked_at_before_it_is_applied,
        who_gains_and_who_loses_is_said_in_sizes_of_ones_own,
        what_is_wrong_is_said_as_the_mutation_says_it,
        showing_more_of_how_to_be_reached_warns,
        other_things_worth_knowing_are_said,
        nothing_is_written_and_few_statements_are_made,
        it_is_the_one_or_the_other_and_for_members,
    )
}

const EXPOSURE: &str = "field audience inWords count rulings { onlooker sees rule }";

fn fields() -> String {
    format!(
        "changes {{ field before {{ {EXPOSURE} }} after {{ {EXPOSURE} }} penpalsGaining penpalsLosing
            shifts {{ onlooker list {{ name }} sees rule inWords }} }}
         warnings {{ code fields message }} userErrors {{ field code message }}"
    )
}

async fn asked(client: &Client, entries: &Value) -> Reply {
    let document = format!(
        "query($entries: [VisibilityInput!]!) {{ me {{ previewVisibility(input: {{entries: $entries}}) {{ {} }} }} }}",
        fields()
    );
    client.ask(&document, json!({ "entries": entries })).await
}

async fn preview(client: &Client, entries: &Value) -> Value {
    asked(client, entries).await.at("/me/previewVisibility")
}

/// What the mutation answers beside the audiences.
async fn set(client: &Client, entries: &Value) -> Value {
    let document =
        "mutation($entries: [VisibilityInput!]!) { setVisibility(input: {entries: $entries}) {
        warnings { code fields message } userErrors { field code message } } }";
    let set = client.ask(document, json!({ "entries": entries })).await;
    set.at("/setVisibility")
}

async fn exposure(client: &Client, field: &Value) -> Value {
    let document = format!(
        "query($field: GovernedField!) {{ me {{ exposure(field: $field) {{ {EXPOSURE} }} }} }}"
    );
    let told = client.ask(&document, json!({ "field": field })).await;
    told.at("/me/exposure")
}

async fn choices(client: &Client) -> Value {
    let document = "{ myVisibility { field audience lists { id } except { id } } }";
    client.query(document).await.at("/myVisibility")
}

fn codes(of: &Value) -> Vec<&str> {
    let all = of.as_array().unwrap().iter();
    all.map(|it| it["code"].as_str().unwrap()).collect()
}

const FIELDS: [&str; 6] = ["EMAIL", "CITY", "AGE", "BIRTHDAY", "WEB_HANDLES", "PENPALS"];

/// Audiences for some of the fields, by chance.
fn chance(lists: &[String], rng: &mut ChaCha20Rng) -> Value {
    let mut entries = Vec::new();
    for field in FIELDS {
        if rng.random_range(0..3) == 0 {
            continue;
        }
        let audience = ["ONLY_ME", "LISTS", "PENPALS", "MEMBERS", "PUBLIC"][rng.random_range(0..5)];
        let audience = match field {
            "EMAIL" if audience == "MEMBERS" || audience == "PUBLIC" => "PENPALS",
            _ => audience,
        };
        let (mut named, mut except) = (Vec::new(), Vec::new());
        for list in lists {
            match rng.random_range(0..3) {
                0 if audience == "LISTS" => named.push(list),
                1 => except.push(list),
                _ => {}
            }
        }
        if audience == "LISTS" && named.is_empty() {
            continue;
        }
        entries.push(
            json!({ "field": field, "audience": audience, "lists": named, "except": except }),
        );
    }
    json!(entries)
}

async fn what_is_foreseen_is_what_comes_of_it(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    let lists = [
        near,
        list(&ana, "Far", &[&ids[2]]).await,
        list(&ana, "All", &[&ids[1], &ids[2]]).await,
        list(&ana, "None", &[]).await,
    ];
    let mut rng = ChaCha20Rng::seed_from_u64(49);
    let (mut changes, mut shifts, mut untouched) = (0, 0, 0);
    for round in 0..24 {
        if round == 12 {
            // Ben goes, and stands on the lists in vain.
            ben.block(&ids[0]).await;
        }
        let entries = chance(&lists, &mut rng);
        let before = choices(&ana).await;
        let mut old = Vec::new();
        for field in FIELDS {
            old.push(exposure(&ana, &json!(field)).await);
        }
        let foreseen = preview(&ana, &entries).await;
        assert_eq!(foreseen["userErrors"], json!([]), "{entries}");
        assert_eq!(choices(&ana).await, before, "nothing is changed by asking");
        let done = set(&ana, &entries).await;
        assert_eq!(done["warnings"], foreseen["warnings"], "{entries}");
        for (field, old) in FIELDS.iter().zip(old) {
            let new = exposure(&ana, &json!(field)).await;
            let all = foreseen["changes"].as_array().unwrap();
            let Some(change) = all.iter().find(|it| it["field"] == *field) else {
                assert_eq!(old, new, "{round} {field} {entries}");
                untouched += 1;
                continue;
            };
            changes += 1;
            assert_eq!(
                (&change["before"], &change["after"]),
                (&old, &new),
                "{round} {field}"
            );
            // Who gains and who loses is what the counts differ by.
            if let (Some(old), Some(new)) = (old["count"].as_i64(), new["count"].as_i64()) {
                let gained = change["penpalsGaining"].as_i64().unwrap();
                let lost = change["penpalsLosing"].as_i64().unwrap();
                assert_eq!(new - old, gained - lost, "{round} {field} {change}");
            }
            // A kind shifts where its ruling does, and in no other place.
            for (old, new) in old["rulings"]
                .as_array()
                .unwrap()
                .iter()
                .zip(new["rulings"].as_array().unwrap())
            {
                let shift = change["shifts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|it| it["onlooker"] == old["onlooker"]);
                assert_eq!(shift.is_some(), old["sees"] != new["sees"]);
                if let Some(shift) = shift {
                    assert_eq!(
                        (&shift["sees"], &shift["rule"]),
                        (&new["sees"], &new["rule"])
                    );
                    shifts += 1;
                }
            }
        }
    }
    assert!(
        changes > 40 && shifts > 20 && untouched > 20,
        "{changes} {shifts} {untouched}"
    );
}

async fn a_preset_can_be_looked_at_before_it_is_applied(app: TestApp) {
    let ([ana, ..], ..) = scene(&app).await;
    for preset in ["OPEN", "CAREFUL", "CAREFUL"] {
        let document = format!(
            "query($preset: Preset!) {{ me {{ previewVisibility(preset: $preset) {{ {} }} }} }}",
            fields()
        );
        let foreseen = ana.ask(&document, json!({ "preset": preset })).await;
        let foreseen = foreseen.at("/me/previewVisibility");
        let document = "mutation($preset: Preset!) { applyPreset(input: {preset: $preset}) {
            visibility { field audience lists { id } except { id } }
            warnings { code fields message } userErrors { code } } }";
        let before = choices(&ana).await;
        let done = ana.ask(document, json!({ "preset": preset })).await;
        let done = done.at("/applyPreset");
        assert_eq!(done["warnings"], foreseen["warnings"]);
        let mut changed = Vec::new();
        for (old, new) in before
            .as_array()
            .unwrap()
            .iter()
            .zip(done["visibility"].as_array().unwrap())
        {
            if old != new {
                changed.push(new["field"].clone());
            }
        }
        let all = foreseen["changes"].as_array().unwrap();
        let foretold: Vec<Value> = all.iter().map(|it| it["field"].clone()).collect();
        assert_eq!(foretold, changed, "{preset}");
        for change in all {
            assert_eq!(change["after"], exposure(&ana, &change["field"]).await);
        }
    }
}

async fn who_gains_and_who_loses_is_said_in_sizes_of_ones_own(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    let far = list(&ana, "Far", &[&ids[2]]).await;
    let to = |list: &str| json!([{"field": "CITY", "audience": "LISTS", "lists": [list]}]);
    // One goes and another comes: the number stays.
    let change = preview(&ana, &to(&far)).await["changes"][0].clone();
    assert_eq!(change["before"]["inWords"], "Your penpals on “Near”.");
    assert_eq!(change["after"]["inWords"], "Your penpals on “Far”.");
    assert_eq!(
        (&change["before"]["count"], &change["after"]["count"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&change["penpalsGaining"], &change["penpalsLosing"]),
        (&json!(1), &json!(1))
    );
    let words = |change: &Value| -> Vec<String> {
        let shifts = change["shifts"].as_array().unwrap().iter();
        shifts
            .map(|it| it["inWords"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        words(&change),
        [
            "A penpal on “Near”, and on no other list, would not see it any more.",
            "A penpal on “Far”, and on no other list, would see it.",
        ]
    );
    let public = json!([{"field": "CITY", "audience": "PUBLIC"}]);
    let change = preview(&ana, &public).await["changes"][0].clone();
    assert_eq!(change["after"]["count"], Value::Null);
    assert_eq!(
        (&change["penpalsGaining"], &change["penpalsLosing"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        words(&change),
        [
            "Somebody without an account would see it.",
            "An adult who is no penpal of yours would see it.",
            "A penpal who stands on no list would see it.",
        ]
    );
    // What is as it was is no change.
    assert_eq!(preview(&ana, &to(&near)).await["changes"], json!([]));
    // Who is blocked by Ben, or by Dora, sees the sizes of an end that Ben could have made as well.
    ben.block(&ids[0]).await;
    let change = preview(&ana, &to(&far)).await["changes"][0].clone();
    assert_eq!(
        (&change["penpalsGaining"], &change["penpalsLosing"]),
        (&json!(1), &json!(0))
    );
}

async fn what_is_wrong_is_said_as_the_mutation_says_it(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    let of_ben = list(&ben, "Ben's", &[]).await;
    let entry = |field: &str, audience: &str, lists: &[&str], except: &[&str]| json!({ "field": field, "audience": audience, "lists": lists, "except": except });
    for entries in [
        json!([entry("EMAIL", "PUBLIC", &[], &[])]),
        json!([entry("MUTUAL_PENPALS", "PUBLIC", &[], &[])]),
        json!([entry("CITY", "LISTS", &[], &[])]),
        json!([entry("CITY", "MEMBERS", &[&near], &[])]),
        json!([entry("CITY", "LISTS", &[&of_ben], &[])]),
        json!([entry("CITY", "PENPALS", &[], &[&of_ben])]),
        json!([entry("CITY", "LISTS", &["nothing"], &[])]),
        json!([entry("CITY", "LISTS", &[&ids[1]], &[])]),
        json!([entry("CITY", "LISTS", &[&near, &near], &[])]),
        json!([entry("CITY", "LISTS", &[&near], &[&near])]),
        json!([
            entry("CITY", "PENPALS", &[], &[]),
            entry("CITY", "MEMBERS", &[], &[])
        ]),
        json!([
            entry("AGE", "PUBLIC", &[], &[]),
            entry("PHONE", "MEMBERS", &[], &[]),
            entry("CITY", "LISTS", &[], &[])
        ]),
    ] {
        let foreseen = preview(&ana, &entries).await;
        let done = set(&ana, &entries).await;
        assert_ne!(done["userErrors"], json!([]), "{entries}");
        assert_eq!(foreseen["userErrors"], done["userErrors"], "{entries}");
        for nothing in ["changes", "warnings"] {
            assert_eq!(foreseen[nothing], json!([]), "{entries}");
        }
        assert_eq!(done["warnings"], json!([]));
    }
    // Nothing is no mistake.
    assert_eq!(
        preview(&ana, &json!([])).await,
        json!({"changes": [], "warnings": [], "userErrors": []})
    );
}

async fn showing_more_of_how_to_be_reached_warns(app: TestApp) {
    let ([ana, ..], ids, near) = scene(&app).await;
    let far = list(&ana, "Far", &[&ids[2]]).await;
    let entry = |audience: &str, lists: &[&str], except: &[&str]| json!([{ "field": "WEB_HANDLES", "audience": audience, "lists": lists, "except": except }]);
    for (entries, warns) in [
        (entry("ONLY_ME", &[], &[]), false),
        (entry("LISTS", &[&near], &[]), true),
        (entry("LISTS", &[&far], &[]), true),
        (entry("LISTS", &[&near, &far], &[]), true),
        (entry("LISTS", &[&near], &[]), false),
        (entry("PENPALS", &[], &[&near]), true),
        (entry("PENPALS", &[], &[&near, &far]), false),
        (entry("PENPALS", &[], &[&near]), true),
        (entry("MEMBERS", &[], &[&near]), true),
        (entry("PENPALS", &[], &[&near]), false),
        (entry("ONLY_ME", &[], &[]), false),
        (entry("PUBLIC", &[], &[]), true),
    ] {
        let foreseen = preview(&ana, &entries).await;
        let expected: &[&str] = if warns { &["CONTACT_WIDENED"] } else { &[] };
        assert_eq!(codes(&foreseen["warnings"]), expected, "{entries}");
        assert_eq!(set(&ana, &entries).await["warnings"], foreseen["warnings"]);
        if warns {
            let warning = &foreseen["warnings"][0];
            assert_eq!(warning["fields"], json!(["WEB_HANDLES"]));
            let message = warning["message"].as_str().unwrap();
            let public = entries[0]["audience"] == "PUBLIC";
            assert_eq!(message.contains("did not ask for"), public, "{message}");
        }
    }
    let all = json!([
        {"field": "EMAIL", "audience": "PENPALS"}, {"field": "PHONE", "audience": "PENPALS"},
        {"field": "POSTAL_ADDRESS", "audience": "PENPALS"}, {"field": "CITY", "audience": "MEMBERS"},
    ]);
    let foreseen = preview(&ana, &all).await;
    assert_eq!(
        foreseen["warnings"][0]["fields"],
        json!(["EMAIL", "PHONE", "POSTAL_ADDRESS"])
    );
}

async fn other_things_worth_knowing_are_said(app: TestApp) {
    let ([ana, ..], ..) = scene(&app).await;
    let entry = |field: &str, audience: &str| json!([{ "field": field, "audience": audience }]);
    set_well(&ana, entry("AGE", "MEMBERS")).await;
    set_well(&ana, entry("BIRTH_DATE", "PENPALS")).await;
    for (entries, expected) in [
        // Country is public already.
        (entry("CITY", "PUBLIC"), vec![]),
        // Penpals see the birth date anyway.
        (entry("BIRTHDAY", "PENPALS"), vec![]),
        (entry("BIRTHDAY", "MEMBERS"), vec!["TELLS_BIRTH_DATE"]),
        (entry("AGE", "PENPALS"), vec![]),
        // Hiding the date hides nothing now.
        (entry("BIRTH_DATE", "ONLY_ME"), vec!["TELLS_BIRTH_DATE"]),
        (entry("AGE", "ONLY_ME"), vec![]),
        (entry("CITY", "ONLY_ME"), vec![]),
        (entry("COUNTRY", "MEMBERS"), vec![]),
        (entry("COUNTRY", "PUBLIC"), vec!["VISIBLE_TO_VISITORS"]),
    ] {
        let foreseen = preview(&ana, &entries).await;
        assert_eq!(codes(&foreseen["warnings"]), expected, "{entries}");
        assert_eq!(set(&ana, &entries).await["warnings"], foreseen["warnings"]);
    }
}

async fn nothing_is_written_and_few_statements_are_made(app: TestApp) {
    let ([ana, ..], ids, near) = scene(&app).await;
    let far = list(&ana, "Far", &[&ids[2]]).await;
    let all: Vec<Value> = letterlock::domain::profile::SPECS
        .iter()
        .map(|spec| json!({"field": spec.name, "audience": "LISTS", "lists": [near], "except": [far]}))
        .collect();
    let mut counts = Vec::new();
    for entries in [json!(all[..1]), json!(all)] {
        app.recorder.clear();
        let foreseen = preview(&ana, &entries).await;
        assert_eq!(
            foreseen["changes"].as_array().unwrap().len(),
            entries.as_array().unwrap().len()
        );
        let statements = app.recorder.statements();
        for statement in &statements {
            let first = statement.split_whitespace().next().unwrap().to_uppercase();
            assert!(["SELECT", "WITH"].contains(&first.as_str()), "{statement}");
        }
        counts.push(statements.len());
    }
    // For one field as for all: the session, the facts, the lists and who of the penpals stands on them.
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] <= 8, "{counts:?}");
}

async fn it_is_the_one_or_the_other_and_for_members(app: TestApp) {
    let ([ana, ..], ..) = scene(&app).await;
    for arguments in [
        "",
        "(input: {entries: []}, preset: OPEN)",
        "(input: null, preset: null)",
    ] {
        let document = format!(
            "{{ me {{ member {{ id }} previewVisibility{arguments} {{ changes {{ field }} }} }} }}"
        );
        let reply = ana.query(&document).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{arguments}");
        assert!(reply.json()["data"]["me"]["member"]["id"].is_string());
    }
    let many: String = (0..20)
        .map(|nth| format!("p{nth}: previewVisibility(preset: OPEN) {{ warnings {{ code }} }} "))
        .collect();
    let reply = ana.query(&format!("{{ me {{ {many} }} }}")).await;
    assert_eq!(reply.codes(), ["LIMIT_EXCEEDED"]);
    let document = "{ me { previewVisibility(preset: OPEN) { changes { field } } } }";
    assert_eq!(app.visitor().query(document).await.at("/me"), Value::Null);
    // A teen's is within what a teen may.
    let tom = app.visitor_at(9);
    tom.sign_up("Tom", "2010-05-06").await;
    let opened = tom
        .query("{ me { previewVisibility(preset: OPEN) { changes { after { audience inWords } shifts { onlooker } } warnings { code } } } }")
        .await;
    let text = opened.text;
    assert!(
        text.contains("MEMBERS") && text.contains("all teen members"),
        "{text}"
    );
    assert!(
        !text.contains("PUBLIC") && !text.contains("VISITOR") && !text.contains("ADULT"),
        "{text}"
    );
}

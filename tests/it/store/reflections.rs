//! What one is shown as is what the other is given: over random worlds, `viewAs` beside the answers that the
//! others really get.

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::oracle::{Age, Souls};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; what_one_is_shown_as_is_what_the_other_is_given)
}

const PEOPLE: usize = 8;
const FIELDS: &str = "handle displayName profile { fullName email birthDate age gender country { code }
    city languages { fluency } occupation interests { slug } aboutMe lastSeen phone postalAddress birthday
    education relationship lookingFor webHandles { address } joinedOn access(field: EMAIL) }";

/// The owner, as everybody else and three kinds of strangers would be given them.
fn mirrors(people: &[Person], owner: usize) -> String {
    let mut text = "{ me { visitor: viewAs(onlooker: VISITOR) { ...F }
        adult: viewAs(onlooker: ADULT) { ...F } teen: viewAs(onlooker: TEEN) { ...F } "
        .to_owned();
    for (nth, person) in people.iter().enumerate().filter(|(nth, _)| *nth != owner) {
        let id = person.id.global();
        text.push_str(&format!(
            "p{nth}: viewAs(onlooker: PENPAL, id: \"{id}\") {{ ...F }} "
        ));
    }
    format!("{text} }} }} fragment F on Reflection {{ {FIELDS} }}")
}

async fn given(client: &Client, owner: &Person) -> Value {
    let document = format!("query($id: ID!) {{ member(id: $id) {{ {FIELDS} }} }}");
    let variables = json!({ "id": owner.id.global() });
    client.ask(&document, variables).await.at("/member")
}

/// What was compared, so that a pass is no coincidence.
#[derive(Debug, Default)]
struct Tally {
    penpals: usize,
    strangers: usize,
    visitors: usize,
    hidden: usize,
}

async fn what_one_is_shown_as_is_what_the_other_is_given(app: TestApp) {
    let plans: Vec<Plan> = (0..PEOPLE)
        .map(|nth| Plan::adult(&format!("Person{nth}x"), Audience::OnlyMe))
        .collect();
    let people = app.db_world(&plans, &[], &[]).await;
    let mut clients = Vec::new();
    for person in &people {
        clients.push(app.db_client(person).await);
    }
    let visitor = app.visitor();
    let mut tally = Tally::default();
    for seed in 0..8 {
        let souls = Souls::random(PEOPLE, &mut ChaCha20Rng::seed_from_u64(seed));
        souls.settle(&app, &people).await;
        for owner in (0..PEOPLE).filter(|owner| souls.served(*owner)) {
            let mine = clients[owner].query(&mirrors(&people, owner)).await;
            assert!(mine.codes().is_empty(), "{}", mine.text);
            let shown = |alias: &str| mine.at(&format!("/me/{alias}"));
            let real = given(&visitor, &people[owner]).await;
            assert_eq!(shown("visitor"), real, "seed {seed}: {owner} to a visitor");
            tally.visitors += usize::from(!real.is_null());
            for other in (0..PEOPLE).filter(|other| *other != owner) {
                let as_penpal = shown(&format!("p{other}"));
                if !souls.meets(Some(owner), other) {
                    // Whoever does not exist for the owner is nobody's eyes, whatever else is true.
                    assert_eq!(as_penpal, Value::Null, "seed {seed}: {owner} to {other}");
                    tally.hidden += 1;
                    continue;
                }
                let real = given(&clients[other], &people[owner]).await;
                let what = format!("seed {seed}: {owner} to {other}");
                if souls.bonded(owner, other) {
                    assert_eq!(as_penpal, real, "{what}, a penpal");
                    tally.penpals += 1;
                } else {
                    assert_eq!(as_penpal, Value::Null, "{what}, no penpal");
                    let alias = match souls.souls[other].age {
                        Age::Teen => "teen",
                        _ => "adult",
                    };
                    assert_eq!(shown(alias), real, "{what}, a stranger");
                    tally.strangers += 1;
                }
            }
        }
    }
    assert!(tally.penpals > 40, "{tally:?}");
    assert!(tally.strangers > 40, "{tally:?}");
    assert!(tally.visitors > 10, "{tally:?}");
    assert!(tally.hidden > 40, "{tally:?}");
}

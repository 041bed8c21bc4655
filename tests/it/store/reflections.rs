//! What one is shown as is what the other is given: over random worlds, `viewAs` beside the answers that the
//! others really get.

use letterlock::domain::{audience::Audience, profile::SPECS};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
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
            "p{nth}: viewAs(onlooker: PENPAL, id: \"{id}\") {{ ...F }} \
             m{nth}: viewAs(onlooker: MEMBER, id: \"{id}\") {{ ...F }} "
        ));
    }
    format!("{text} }} }} fragment F on Reflection {{ {FIELDS} }}")
}

/// Lists of each one's penpals and former ones, and of fields that name them, by chance; or none.
async fn list_by_chance(app: &TestApp, people: &[Person], any: bool, rng: &mut ChaCha20Rng) {
    let mut sql =
        "DELETE FROM audience_lists; DELETE FROM list_members; DELETE FROM lists;".to_owned();
    for (owner, person) in people.iter().enumerate().filter(|_| any) {
        let me = person.id.key();
        for nth in 0..2 {
            let list = owner * 2 + nth + 1;
            sql.push_str(&format!(
                "INSERT INTO lists (id, owner_id, name, name_folded, created_at)
                 VALUES ({list}, {me}, 'L{nth}', 'l{nth}', 0);"
            ));
            for other in people.iter().filter(|other| other.id != person.id) {
                if rng.random_range(0..3) == 0 {
                    sql.push_str(&format!(
                        "INSERT INTO list_members (list_id, member_id, added_at) VALUES ({list}, {}, 0);",
                        other.id.key()
                    ));
                }
            }
            for field in 0..SPECS.len() {
                let excepted = match rng.random_range(0..4) {
                    0 => "1",
                    1 => "0",
                    _ => continue,
                };
                sql.push_str(&format!(
                    "INSERT INTO audience_lists (owner_id, field, list_id, excepted)
                     SELECT {me}, {field}, {list}, {excepted} = 1;"
                ));
            }
        }
        sql.push_str(&format!(
            "UPDATE standings SET uses_lists = (1 = 1), privacy_version = privacy_version + 1
             WHERE member_id = {me};"
        ));
    }
    app.db_sql(&sql).await;
}

/// Whether each field is seen: of the owner, by `other`, as the owner is told.
async fn told(client: &Client, other: &Person) -> Option<Vec<bool>> {
    let mut document = "query($id: ID!) { me { ".to_owned();
    for spec in SPECS {
        let name = spec.name;
        document.push_str(&format!(
            "{name}: why(field: {name}, onlooker: MEMBER, id: $id) {{ sees }} "
        ));
    }
    document.push_str("} }");
    let reply = client
        .ask(&document, json!({ "id": other.id.global() }))
        .await;
    let me = reply.at("/me");
    let all: Vec<Value> = SPECS.map(|spec| me[spec.name].clone()).to_vec();
    if all.iter().all(Value::is_null) {
        return None;
    }
    Some(all.iter().map(|it| it["sees"] == true).collect())
}

/// Whether each field of the owner's is seen, as whoever looks is told; every field is filled, but the lists of
/// penpals, of which nothing is said.
async fn access(client: &Client, owner: &Person) -> Vec<bool> {
    let mut document = "query($id: ID!) { member(id: $id) { profile { ".to_owned();
    for spec in SPECS {
        let name = spec.name;
        document.push_str(&format!("{name}: access(field: {name}) "));
    }
    document.push_str("} } }");
    let variables = json!({ "id": owner.id.global() });
    let profile = client.ask(&document, variables).await.at("/member/profile");
    SPECS
        .iter()
        .map(|spec| profile[spec.name] == "VISIBLE")
        .collect()
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
    fields_seen: usize,
    fields_not_seen: usize,
    lists_with_some: usize,
    lists_for_certain: usize,
}

const BOUNDS: &str = "{ penpals { shown atLeast atMost } mutualPenpals { shown atLeast atMost } }";

/// The sizes that the other is really given are within the bounds that the owner is told, and are none where the
/// owner is told that the list is not shown.
async fn compare_lists(
    (owner, mine): (&Person, &Client),
    onlooker: Option<&Person>,
    theirs: &Client,
    tally: &mut Tally,
    what: &str,
) {
    let mirror = match onlooker {
        Some(other) => format!("onlooker: MEMBER, id: \"{}\"", other.id.global()),
        None => "onlooker: VISITOR".to_owned(),
    };
    let mirror = mine
        .query(&format!("{{ me {{ viewAs({mirror}) {BOUNDS} }} }}"))
        .await
        .at("/me/viewAs");
    let real = theirs
        .ask(
            "query($id: ID!) { member(id: $id) {
                penpals(first: 1) { totalCount } mutualPenpals(first: 1) { totalCount } } }",
            json!({ "id": owner.id.global() }),
        )
        .await
        .at("/member");
    assert_eq!(mirror.is_null(), real.is_null(), "{what}");
    if real.is_null() {
        return;
    }
    for list in ["penpals", "mutualPenpals"] {
        let size = real[list]["totalCount"].as_i64().unwrap();
        let [least, most] = ["atLeast", "atMost"].map(|it| mirror[list][it].as_i64().unwrap());
        assert!(
            (least..=most).contains(&size),
            "{what}: {list}: {size} {mirror}"
        );
        assert!(mirror[list]["shown"] == true || most == 0, "{what}");
        tally.lists_with_some += usize::from(size > 0);
        tally.lists_for_certain += usize::from(least > 0);
    }
}

/// What the owner is told of each field is what the other is.
async fn compare_fields(
    (owner, mine): (&Person, &Client),
    (other, theirs): (&Person, &Client),
    tally: &mut Tally,
    what: &str,
) {
    let told = told(mine, other).await;
    let real = access(theirs, owner).await;
    let told = told.unwrap_or_else(|| panic!("{what}: nobody"));
    for (spec, (told, real)) in SPECS.iter().zip(told.into_iter().zip(real)) {
        // An empty list is no list, and whether one is empty before the other is the others' affair.
        if spec.column.ends_with("penpals") {
            assert!(told || !real, "{what}: {}", spec.name);
            continue;
        }
        assert_eq!(told, real, "{what}: {}", spec.name);
        tally.fields_seen += usize::from(real);
        tally.fields_not_seen += usize::from(!real);
    }
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
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let souls = Souls::random(PEOPLE, &mut rng);
        souls.settle(&app, &people).await;
        list_by_chance(&app, &people, seed % 2 == 1, &mut rng).await;
        for owner in (0..PEOPLE).filter(|owner| souls.served(*owner)) {
            let mine = clients[owner].query(&mirrors(&people, owner)).await;
            assert!(mine.codes().is_empty(), "{}", mine.text);
            let shown = |alias: &str| mine.at(&format!("/me/{alias}"));
            let real = given(&visitor, &people[owner]).await;
            assert_eq!(shown("visitor"), real, "seed {seed}: {owner} to a visitor");
            tally.visitors += usize::from(!real.is_null());
            let mine = (&people[owner], &clients[owner]);
            let what = format!("seed {seed}: {owner} to a visitor");
            compare_lists(mine, None, &visitor, &mut tally, &what).await;
            for other in (0..PEOPLE).filter(|other| *other != owner) {
                let as_penpal = shown(&format!("p{other}"));
                if !souls.meets(Some(owner), other) {
                    // Whoever does not exist for the owner is nobody's eyes, whatever else is true.
                    assert_eq!(as_penpal, Value::Null, "seed {seed}: {owner} to {other}");
                    assert_eq!(told(&clients[owner], &people[other]).await, None);
                    tally.hidden += 1;
                    continue;
                }
                let real = given(&clients[other], &people[owner]).await;
                let what = format!("seed {seed}: {owner} to {other}");
                let mine = (&people[owner], &clients[owner]);
                let theirs = (&people[other], &clients[other]);
                compare_fields(mine, theirs, &mut tally, &what).await;
                compare_lists(mine, Some(theirs.0), theirs.1, &mut tally, &what).await;
                if souls.bonded(owner, other) {
                    assert_eq!(as_penpal, real, "{what}, a penpal");
                    tally.penpals += 1;
                } else {
                    assert_eq!(as_penpal, Value::Null, "{what}, no penpal");
                    let alias = match souls.souls[other].age {
                        Age::Teen => "teen",
                        _ => "adult",
                    };
                    // One who stands on a list that is an exception is no stranger like others.
                    if seed % 2 == 0 {
                        assert_eq!(shown(alias), real, "{what}, a stranger");
                    }
                    assert_eq!(shown(&format!("m{other}")), real, "{what}, by id");
                    tally.strangers += 1;
                }
            }
        }
    }
    assert!(tally.penpals > 40, "{tally:?}");
    assert!(tally.strangers > 40, "{tally:?}");
    assert!(tally.visitors > 10, "{tally:?}");
    assert!(tally.hidden > 40, "{tally:?}");
    assert!(tally.fields_seen > 400, "{tally:?}");
    assert!(tally.fields_not_seen > 400, "{tally:?}");
    assert!(tally.lists_with_some > 15, "{tally:?}");
    assert!(tally.lists_for_certain > 15, "{tally:?}");
}

//! A search finds whom the decision allows it to find: over random worlds, whoever searches for whatever gets
//! those who let themselves be found and show what is looked for, in the order of what they show; and pages,
//! counts, facets and points are of the same members and the same values.

mod filters;
mod values;

use std::collections::BTreeMap;

use letterlock::{
    domain::{findable::Way, profile::Field},
    privacy::Wish,
    store::proof::{Begin, begin},
};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use self::{
    filters::Filter,
    values::{COUNTRIES, INTERESTS, LANGUAGES, Values},
};
use super::{
    canaries::global,
    worlds::{MEMBERS, Viewer, World},
};
use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; a_search_finds_whom_the_decision_allows)
}

pub(super) const WORLDS: u64 = 16;
const FILTERS: usize = 14;

const PAGE: &str =
    "query($filter: MemberFilter, $order: MemberOrder!, $first: Int!, $after: String) {
    searchMembers(filter: $filter, orderBy: $order, first: $first, after: $after) {
        totalCount { value more }
        facets { countries { country { code } count { value more } }
            languages { language { code } count { value more } }
            interests { interest { slug } count { value more } } }
        pageInfo { hasNextPage endCursor }
        edges { match { score } node { id } } } }";

/// A world in which everybody tells something.
struct Told {
    world: World,
    values: Vec<Values>,
    /// As yyyymmdd.
    today: i32,
}

impl Told {
    fn sees(&self, viewer: Viewer, owner: usize, field: Field) -> bool {
        self.world.allows(viewer, owner, Wish::See(field))
    }

    /// The owner's age, as the viewer may know it.
    fn age(&self, viewer: Viewer, owner: usize) -> i32 {
        let to_the_day = self.sees(viewer, owner, Field::BirthDate);
        let today = if to_the_day {
            self.today
        } else {
            self.today / 100 * 100
        };
        (today - self.values[owner].birth_on) / 10_000
    }

    fn found(&self, viewer: Viewer, filter: &Filter, order: &str) -> Vec<usize> {
        let placed = |owner| match order {
            "NEWEST" => self.sees(viewer, owner, Field::Joined),
            "LATELY_ONLINE" => self.sees(viewer, owner, Field::LastSeen),
            _ => true,
        };
        (0..MEMBERS)
            .filter(|owner| viewer != Some(*owner))
            .filter(|owner| self.world.allows(viewer, *owner, Wish::Find(Way::Search)))
            .filter(|owner| placed(*owner) && filter.holds(self, viewer, *owner))
            .collect()
    }

    /// What the owner is ordered by, largest first.
    fn place(&self, viewer: Viewer, owner: usize, order: &str) -> i64 {
        let values = &self.values[owner];
        match order {
            "NEWEST" => -values.joined_days_ago,
            "LATELY_ONLINE" => -values.seen_minutes_ago,
            "BEST_MATCH" => self.score(viewer, owner),
            _ => 0,
        }
    }

    fn score(&self, viewer: Viewer, owner: usize) -> i64 {
        let Some(me) = viewer else { return 0 };
        let (mine, theirs) = (&self.values[me], &self.values[owner]);
        let mut score = 0;
        if self.sees(viewer, owner, Field::Interests) {
            let shared = mine
                .interests
                .iter()
                .filter(|it| theirs.interests.contains(it));
            score += 3 * shared.count() as i64;
        }
        if self.sees(viewer, owner, Field::Languages) {
            let some = |holds: &dyn Fn((usize, i16), (usize, i16)) -> bool| {
                let mut mine = mine.languages.iter();
                mine.any(|mine| theirs.languages.iter().any(|theirs| holds(*mine, *theirs)))
            };
            let same = |one: (usize, i16), other: (usize, i16)| one.0 == other.0;
            if some(&|mine, theirs| same(mine, theirs) && mine.1 > 0 && theirs.1 == 0) {
                score += 20;
            }
            if some(&|mine, theirs| same(mine, theirs) && mine.1 == 0 && theirs.1 > 0) {
                score += 20;
            }
            if some(&same) {
                score += 5;
            }
        }
        let own = (self.today - mine.birth_on) / 10_000;
        if self.sees(viewer, owner, Field::Age) && (self.age(viewer, owner) - own).abs() <= 5 {
            score += 10;
        }
        score
    }

    /// How many of those who were found show each value of a field.
    fn facet<'a>(
        &'a self,
        viewer: Viewer,
        found: &[usize],
        field: Field,
        of: impl Fn(&'a Values) -> Vec<&'static str>,
    ) -> BTreeMap<&'static str, i64> {
        let mut counts = BTreeMap::new();
        for owner in found
            .iter()
            .filter(|owner| self.sees(viewer, **owner, field))
        {
            for value in of(&self.values[*owner]) {
                *counts.entry(value).or_default() += 1;
            }
        }
        counts
    }
}

/// What was found, so that worlds in which nobody finds anybody prove nothing.
#[derive(Default, Debug)]
pub(super) struct Tally {
    found: usize,
    /// Who would have been found, had they not hidden what was looked for.
    hidden: usize,
    empty: usize,
    full: usize,
    pages: usize,
}

/// Just at the edge of what is asked for, where chance seldom comes: somebody who was here sixty minutes ago, and sixty-one.
pub(super) async fn edge(app: &TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let id = ana.sign_up("Ana", "1990-05-06").await;
    ben.sign_up("Ben", "1990-05-06").await;
    ana.set_audience("LAST_SEEN", "MEMBERS").await;
    let key = letterlock::domain::id::MemberId::from_global(&id)
        .unwrap()
        .key();
    for (minutes, found) in [(60, true), (61, false)] {
        let at = app.clock.now().timestamp_millis() - minutes * 60_000;
        app.db_sql(&format!(
            "UPDATE presences SET last_seen_at = {at} WHERE member_id = {key}"
        ))
        .await;
        let reply = ben
            .query("{ searchMembers(first: 100, filter: {seenWithin: HOUR}) { edges { node { id } } } }")
            .await;
        let edges = reply.at("/searchMembers/edges");
        let mut edges = edges.as_array().unwrap().iter();
        assert_eq!(
            edges.any(|edge| edge["node"]["id"] == id),
            found,
            "{minutes}"
        );
    }
}

async fn a_search_finds_whom_the_decision_allows(app: TestApp) {
    edge(&app).await;
    let mut tally = Tally::default();
    for seed in 0..WORLDS {
        world(&app, seed, &mut tally).await;
    }
    let Tally {
        found,
        hidden,
        empty,
        full,
        pages,
    } = tally;
    for many in [found, hidden, empty, full, pages] {
        assert!(many > 100, "the worlds prove little: {tally:?}");
    }
}

/// One world, in which everybody searches.
pub(super) async fn world(app: &TestApp, seed: u64, tally: &mut Tally) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 1_000);
    let world = World::settle(app, seed).await;
    let values = values::tell(app, &world, &mut rng).await;
    let today = letterlock::domain::age::Today::at(app.clock.now()).key();
    let told = Told {
        world,
        values,
        today,
    };
    // Visitors are one among many, and are to look often.
    for viewer in [None; 6].into_iter().chain((0..MEMBERS).map(Some)) {
        if !told.world.served(viewer) {
            continue;
        }
        let client = match viewer {
            None => app.visitor(),
            Some(nth) => app.db_client(&told.world.people[nth]).await,
        };
        for nth in 0..FILTERS {
            // Visitors meet few: only where all of them are looked for are some left after a gap.
            let filter = if viewer.is_none() && nth % 2 == 0 {
                Filter::wide(&mut rng)
            } else {
                Filter::draw(&mut rng, viewer.is_some())
            };
            let order = ["ANY", "NEWEST", "LATELY_ONLINE", "BEST_MATCH"][nth % 4];
            // Whoever SQL alone lets through leaves a gap in a page, which only those after it show.
            let first = rng.random_range(1..5);
            let first = if viewer.is_none() { 1 } else { first };
            // Among so few, one of the ways would do for all.
            let way = [None, Some(Begin::All), Some(Begin::Hits(nth / 3))][nth % 3];
            begin(way);
            let place = format!("seed {seed}, viewer {viewer:?}, {order}, {way:?}, {filter:?}");
            look(
                &told,
                viewer,
                &client,
                (&filter, order, first),
                &place,
                tally,
            )
            .await;
            begin(None);
        }
    }
}

async fn look(
    told: &Told,
    viewer: Viewer,
    client: &Client,
    (filter, order, first): (&Filter, &str, i32),
    place: &str,
    tally: &mut Tally,
) {
    let expected = told.found(viewer, filter, order);
    let ids: Vec<String> = (0..MEMBERS)
        .map(|member| global(told.world.people[member].id))
        .collect();
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables =
            json!({"filter": filter.json(), "order": order, "first": first, "after": after});
        let page = client.ask(PAGE, variables).await.at("/searchMembers");
        let edges = page["edges"].as_array().unwrap();
        let more = page["pageInfo"]["hasNextPage"] == true;
        assert!(!more || edges.len() == first as usize, "{place}: {page}");
        assert!(found.len() <= MEMBERS, "{place}: pages without an end");
        for edge in edges {
            let id = edge["node"]["id"].as_str().unwrap();
            let member = ids.iter().position(|it| it == id).unwrap();
            if viewer.is_some() {
                assert_eq!(
                    edge["match"]["score"],
                    told.score(viewer, member),
                    "{place}: {edge}"
                );
            } else {
                assert_eq!(edge["match"], Value::Null);
            }
            found.push(member);
        }
        let total = json!({"value": expected.len(), "more": false});
        assert_eq!(page["totalCount"], total, "{place}");
        facets(told, viewer, &expected, &page["facets"], place);
        tally.pages += 1;
        if !more {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let places: Vec<i64> = found
        .iter()
        .map(|owner| told.place(viewer, *owner, order))
        .collect();
    assert!(
        places.is_sorted_by(|one, other| one >= other),
        "{place}: {places:?}"
    );
    let mut once = found.clone();
    once.sort_unstable();
    assert_eq!(once, expected, "{place}");
    tally.found += found.len();
    tally.empty += usize::from(found.is_empty());
    tally.full += usize::from(found.len() > 2);
    tally.hidden += (0..MEMBERS)
        .filter(|owner| viewer != Some(*owner) && !expected.contains(owner))
        .filter(|owner| told.world.allows(viewer, *owner, Wish::Find(Way::Search)))
        .filter(|owner| filter.true_of(told, *owner))
        .count();
}

fn facets(told: &Told, viewer: Viewer, found: &[usize], facets: &Value, place: &str) {
    let shown = |list: &str, of: &str, name: &str| -> BTreeMap<String, i64> {
        let list = facets[list].as_array().unwrap();
        let counts: Vec<i64> = list
            .iter()
            .map(|it| it["count"]["value"].as_i64().unwrap())
            .collect();
        assert!(
            counts.is_sorted_by(|one, other| one >= other),
            "{place}: {facets}"
        );
        let keys = list
            .iter()
            .map(|it| it[of][name].as_str().unwrap().to_owned());
        keys.zip(counts).collect()
    };
    let same = |shown: BTreeMap<String, i64>, told: BTreeMap<&'static str, i64>| {
        let told: BTreeMap<String, i64> = told
            .into_iter()
            .map(|(key, count)| (key.to_owned(), count))
            .collect();
        assert_eq!(shown, told, "{place}");
    };
    let facet = |field, of: fn(&Values) -> Vec<&'static str>| told.facet(viewer, found, field, of);
    same(
        shown("countries", "country", "code"),
        facet(Field::Country, |it| {
            it.country.map(|it| COUNTRIES[it]).into_iter().collect()
        }),
    );
    same(
        shown("languages", "language", "code"),
        facet(Field::Languages, |it| {
            it.languages.iter().map(|(it, _)| LANGUAGES[*it]).collect()
        }),
    );
    same(
        shown("interests", "interest", "slug"),
        facet(Field::Interests, |it| {
            it.interests.iter().map(|it| slug(*it)).collect()
        }),
    );
}

fn slug(interest: usize) -> &'static str {
    let key = INTERESTS[interest];
    letterlock::domain::interest::Interest::by_key(key)
        .unwrap()
        .slug()
}

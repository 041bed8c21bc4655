//! What is searched for, and the same without any rule of privacy.

use letterlock::domain::{
    age::Today,
    interest::Interest,
    language::Language,
    place::Country,
    profile::{Field, Gender},
    region::Region,
    search::{Clause, Likeness, Order, Term, Test, clause, texts},
    spoken::Fluency,
    words,
};
use letterlock::store::search::MOST;

/// What is asked of a search.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    /// A page, in an order.
    Page(Order),
    /// How many there are.
    Count,
    /// How many show each value.
    Facets,
}

pub(crate) const ASKED: [(&str, Asked); 6] = [
    ("ANY", Asked::Page(Order::Any)),
    ("NEWEST", Asked::Page(Order::Newest)),
    ("LATELY_ONLINE", Asked::Page(Order::LatelyOnline)),
    ("BEST_MATCH", Asked::Page(Order::BestMatch)),
    ("count", Asked::Count),
    ("facets", Asked::Facets),
];

/// A search.
pub(crate) struct Search {
    pub(crate) name: &'static str,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) like: Likeness,
}

fn tags(field: Field, terms: impl IntoIterator<Item = Option<Term>>) -> Clause {
    clause(field, Test::Tags(terms.into_iter().flatten().collect()))
}

fn country(code: &str) -> Option<Term> {
    Country::parse(code).ok().map(Term::country)
}

fn language(code: &str, fluencies: &[Fluency]) -> Vec<Option<Term>> {
    let language = Language::parse(code).ok();
    let term = |fluency: &Fluency| Some(Term::language(language?, *fluency));
    fluencies.iter().map(term).collect()
}

fn interest(nth: usize) -> Option<Term> {
    Interest::all().nth(nth).map(Term::interest)
}

/// The searches: common things, rare ones, several together, and nothing at all.
pub(crate) fn searches() -> Vec<Search> {
    let learned = &Fluency::ALL[1..];
    let native = &[Fluency::Native];
    let about = [Field::AboutMe, Field::LookingFor];
    let all: Vec<(&'static str, Vec<Clause>)> = vec![
        ("everybody", vec![]),
        ("a country", vec![tags(Field::Country, [country("DE")])]),
        (
            "a small country",
            vec![tags(Field::Country, [country("IS")])],
        ),
        (
            "a region, a gender",
            vec![
                tags(Field::Country, [Some(Term::region(Region::SouthernEurope))]),
                tags(Field::Gender, [Some(Term::gender(Gender::Woman))]),
            ],
        ),
        (
            "native of one, learning another",
            vec![
                tags(Field::Languages, language("fr", native)),
                tags(Field::Languages, language("de", learned)),
            ],
        ),
        ("an age", vec![clause(Field::Age, Test::Age(25, 30))]),
        (
            "a country, an age, an interest",
            vec![
                tags(Field::Country, [country("US")]),
                clause(Field::Age, Test::Age(30, 50)),
                tags(Field::Interests, [interest(0)]),
            ],
        ),
        (
            "three interests",
            vec![
                tags(Field::Interests, [interest(0)]),
                tags(Field::Interests, [interest(5)]),
                tags(Field::Interests, [interest(40)]),
            ],
        ),
        (
            "any of three interests",
            vec![tags(
                Field::Interests,
                [interest(0), interest(5), interest(40)],
            )],
        ),
        ("two words", texts(&words::sought("letters garden"), &about)),
        ("a rare word and a country", {
            let mut clauses = texts(&words::sought("volcano"), &about);
            clauses.push(tags(Field::Country, [country("DE")]));
            clauses
        }),
        (
            "seen within a day",
            vec![clause(Field::LastSeen, Test::Minutes(1_440))],
        ),
        (
            "joined within a month, a country",
            vec![
                clause(Field::Joined, Test::Days(30)),
                tags(Field::Country, [country("DE")]),
            ],
        ),
        (
            "two that exclude each other",
            vec![
                tags(Field::Country, [country("JP")]),
                tags(Field::Country, [Some(Term::region(Region::WesternEurope))]),
            ],
        ),
    ];
    let like = Likeness {
        interests: (0..10).filter_map(interest).collect(),
        teaches: language("fr", native).into_iter().flatten().collect(),
        learns: language("en", learned).into_iter().flatten().collect(),
        native: Language::parse("en").into_iter().collect(),
        languages: Language::parse("en").into_iter().collect(),
        age: Some((25, 35)),
    };
    all.into_iter()
        .map(|(name, clauses)| Search {
            name,
            clauses,
            like: like.clone(),
        })
        .collect()
}

impl Search {
    /// The same as somebody would write it where everybody shows everything to everybody: over the same index, in the
    /// same order, scored by the same, with no rule about who sees what, nobody near and no facts about those found.
    pub(crate) fn bare(&self, asked: Asked, limit: i64, sqlite: bool) -> String {
        let (mut terms, mut others) = (Vec::new(), vec!["TRUE".to_owned()]);
        let today = Today::at(chrono::Utc::now()).key();
        for clause in &self.clauses {
            let mut any = Vec::new();
            for alternative in clause {
                match &alternative.test {
                    Test::Tags(tags) | Test::Words(tags) => {
                        any.extend(tags.iter().map(|term| term.as_str().to_owned()));
                    }
                    Test::Age(least, most) => others.push(format!(
                        "({today} - e.birth_on) / 10000 BETWEEN {least} AND {most}"
                    )),
                    Test::Minutes(ago) => {
                        let since = chrono::Utc::now().timestamp() / 60 - ago;
                        others.push(format!("p.last_seen_at / 60000 >= {since}"));
                    }
                    Test::Days(ago) => {
                        let since = chrono::Utc::now() - chrono::TimeDelta::days(*ago);
                        others.push(format!("e.joined_on >= {}", since.format("%Y%m%d")));
                    }
                    Test::Shown => {}
                }
            }
            if !any.is_empty() {
                terms.push(any);
            }
        }
        let (quote, or, and) = if sqlite {
            ('"', " OR ", " AND ")
        } else {
            ('\'', " | ", " & ")
        };
        let terms: Vec<String> = terms
            .iter()
            .map(|any| {
                let any: Vec<String> = any.iter().map(|it| format!("{quote}{it}{quote}")).collect();
                format!("({})", any.join(or))
            })
            .collect();
        let by_terms = !terms.is_empty();
        let (from, has) = if sqlite && by_terms {
            (
                "search_terms t CROSS JOIN search_entries e ON e.member_id = t.rowid",
                format!("t.search_terms MATCH '{}'", terms.join(and)),
            )
        } else if by_terms {
            let terms = terms.join(and).replace('\'', "''");
            (
                "search_entries e",
                format!("e.indexed @@ '{terms}'::tsquery"),
            )
        } else {
            ("search_entries e", "TRUE".to_owned())
        };
        let others = others.join(" AND ");
        let id = if sqlite && by_terms {
            "t.rowid"
        } else {
            "e.member_id"
        };
        let presence =
            if others.contains("p.last") || matches!(asked, Asked::Page(Order::LatelyOnline)) {
                " JOIN presences p ON p.member_id = e.member_id"
            } else {
                ""
            };
        let body = format!("FROM {from}{presence} WHERE {has} AND {others}");
        let counted = MOST + 1;
        let instr = if sqlite { "instr" } else { "strpos" };
        let order = match asked {
            Asked::Page(order) => order,
            Asked::Count => {
                return format!(
                    "SELECT count(*) FROM (SELECT e.member_id {body} LIMIT {counted}) m"
                );
            }
            Asked::Facets => {
                let facet = |(table, column): (&str, &str)| {
                    let each = if sqlite {
                        format!("CROSS JOIN {table} x")
                    } else {
                        format!(
                            "CROSS JOIN LATERAL (SELECT * FROM {table} y WHERE y.member_id = m.member_id OFFSET 0) x"
                        )
                    };
                    format!(
                        " UNION ALL SELECT CAST({column} AS text), count(*) FROM m {each} \
                         WHERE x.member_id = m.member_id AND {column} IS NOT NULL GROUP BY {column}"
                    )
                };
                let facets = [
                    ("profiles", "x.country"),
                    ("profile_languages", "x.language"),
                    ("profile_interests", "x.interest"),
                ];
                return format!(
                    "WITH m AS MATERIALIZED (SELECT e.member_id {body} ORDER BY {id} DESC LIMIT {counted}) \
                     SELECT '', count(*) FROM m{}",
                    facets.map(facet).concat()
                );
            }
        };
        match order {
            Order::Any => {
                format!("SELECT 0 AS at, e.member_id {body} ORDER BY {id} DESC LIMIT {limit}")
            }
            Order::Newest => format!(
                "SELECT e.joined_on AS at, e.member_id {body} AND e.joined_level >= 3 \
                 ORDER BY e.joined_on DESC, e.member_id DESC LIMIT {limit}"
            ),
            Order::LatelyOnline => format!(
                "SELECT p.last_seen_at / 60000 AS at, e.member_id {body} AND p.level >= 3 \
                 ORDER BY p.last_seen_at / 60000 DESC, p.member_id DESC LIMIT {limit}"
            ),
            Order::BestMatch => {
                let points = |terms: &[Term]| {
                    let each = terms.iter().map(|term| {
                        format!(
                            "CASE WHEN {instr}(c.tags, ' {} ') > 0 THEN 1 ELSE 0 END",
                            term.as_str()
                        )
                    });
                    each.collect::<Vec<_>>().join(" + ")
                };
                let like = &self.like;
                let spoken = format!("CASE WHEN {instr}(c.tags, ' len') > 0 THEN 1 ELSE 0 END");
                let score = [&like.interests, &like.teaches].map(|terms| points(terms));
                let score = format!("{} + {spoken} + {spoken}", score.join(" + "));
                format!(
                    "WITH c AS MATERIALIZED (SELECT e.member_id, e.tags, e.birth_on {body} ORDER BY {id} DESC LIMIT {MOST}) \
                     SELECT {score} + CASE WHEN ({today} - c.birth_on) / 10000 BETWEEN 25 AND 35 THEN 10 ELSE 0 END AS at, \
                     c.member_id FROM c ORDER BY 1 DESC, 2 DESC LIMIT {limit}"
                )
            }
        }
    }
}

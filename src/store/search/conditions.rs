//! What must hold of a row: that it shows a field, has a term, is of an age; in SQL.

use super::{Cutoffs, Query};
use crate::domain::{
    age::Today,
    audience::Audience,
    profile::Field,
    search::{
        A_LANGUAGE, AN_AGE, AN_EXCHANGE, AN_INTEREST, Clause, Likeness, MOST_INTERESTS, Term, Test,
    },
    spoken::Fluency,
};
use crate::store::statement::{Dialect, Statement};
use crate::viewer::who::Viewer;

/// How a row is looked at: what its columns are called, and by what it is told whether a field is shown.
#[derive(Clone, Copy)]
pub(super) enum Row {
    /// By the facts, as `f`.
    Known,
    /// One of many, by the entry in the table of this name.
    Far {
        entry: &'static str,
        presence: &'static str,
    },
}

/// One of many, in the tables themselves.
pub(super) const FAR: Row = Row::Far {
    entry: "e",
    presence: "p.last_seen_at / 60000",
};

/// One of many, among the candidates `c` for the best match.
pub(super) const CANDIDATE: Row = Row::Far {
    entry: "c",
    presence: "0",
};

impl Row {
    const fn entry(self) -> &'static str {
        match self {
            Row::Known => "f",
            Row::Far { entry, .. } => entry,
        }
    }

    const fn seen(self) -> &'static str {
        match self {
            Row::Known => "f.seen",
            Row::Far { presence, .. } => presence,
        }
    }
}

/// How wide an audience must be for one of many.
pub(super) fn width(viewer: Viewer) -> char {
    if viewer == Viewer::Visitor {
        Audience::Public.digit()
    } else {
        Audience::Members.digit()
    }
}

/// The query for the index of terms: each clause that terms can tell narrows it; empty where none does.
pub(super) fn terms(query: &Query<'_>, dialect: Dialect, viewer: Viewer, today: Today) -> String {
    let prefix = if viewer == Viewer::Visitor { "p" } else { "" };
    let quoted = |term: &Term| match dialect {
        Dialect::Sqlite => format!("\"{prefix}{}\"", term.as_str()),
        Dialect::Postgres => format!("'{prefix}{}'", term.as_str()),
    };
    let (and, or) = match dialect {
        Dialect::Sqlite => (" AND ", " OR "),
        Dialect::Postgres => (" & ", " | "),
    };
    query
        .clauses
        .iter()
        .filter_map(|clause| narrowing(clause, today))
        .map(|terms| {
            let terms: Vec<String> = terms.iter().map(quoted).collect();
            format!("({})", terms.join(or))
        })
        .collect::<Vec<_>>()
        .join(and)
}

/// The terms of which somebody has one for whom the clause holds; nothing where terms do not tell.
pub(super) fn narrowing(clause: &Clause, today: Today) -> Option<Vec<Term>> {
    let mut all = Vec::new();
    for alternative in clause {
        match &alternative.test {
            Test::Tags(terms) | Test::Words(terms) if !terms.is_empty() => {
                all.extend(terms.iter().cloned());
            }
            Test::Age(least, most) => {
                let year = today.key() / 10_000;
                all.extend((year - most - 1..=year - least).map(Term::born));
            }
            _ => return None,
        }
    }
    Some(all)
}

impl<R> Statement<R> {
    /// A condition: the row shows `field`.
    pub(super) fn shows(&mut self, row: Row, field: Field, viewer: Viewer) -> &mut Self {
        match row {
            Row::Known => self.shows_by_facts(field, viewer),
            Row::Far { entry, .. } => self.sql(format!(
                "(substr({entry}.audiences, {}, 1) >= '{}')",
                field.index() + 1,
                width(viewer)
            )),
        }
    }

    /// A condition: the text of terms `column` has `term`.
    pub(super) fn has(&mut self, column: &str, term: &Term) -> &mut Self {
        self.either("instr(", "strpos(")
            .sql(format!("{column}, "))
            .text(format!(" {} ", term.as_str()))
            .sql(") > 0")
    }

    /// A condition: the text of terms `column` has one that begins so.
    fn begins(&mut self, column: &str, with: &Term) -> &mut Self {
        self.either("instr(", "strpos(")
            .sql(format!("{column}, "))
            .text(format!(" {}", with.as_str()))
            .sql(") > 0")
    }

    pub(super) fn has_any(&mut self, column: &str, terms: &[Term]) -> &mut Self {
        self.sql("(FALSE");
        for term in terms {
            self.sql(" OR ").has(column, term);
        }
        self.sql(")")
    }

    /// A condition: the age of the row is from `least` to `most`, as the viewer may know it: to the day for
    /// whoever sees the birth date.
    pub(super) fn aged(
        &mut self,
        row: Row,
        (least, most): (i32, i32),
        viewer: Viewer,
        today: Today,
    ) -> &mut Self {
        let entry = row.entry();
        self.sql("((CASE WHEN ")
            .shows(row, Field::BirthDate, viewer)
            .sql(" THEN ")
            .integer(today.key())
            .sql(" ELSE ")
            .integer(today.month_key())
            .sql(format!(" END - {entry}.birth_on) / 10000 BETWEEN "))
            .integer(least)
            .sql(" AND ")
            .integer(most)
            .sql(")")
    }

    /// A condition: the clause holds for the row.
    pub(super) fn holds(
        &mut self,
        row: Row,
        clause: &Clause,
        viewer: Viewer,
        cutoffs: Cutoffs,
    ) -> &mut Self {
        let entry = row.entry();
        self.sql("(FALSE");
        for alternative in clause {
            self.sql(" OR (").shows(row, alternative.field, viewer);
            match &alternative.test {
                Test::Shown => {}
                Test::Tags(terms) => {
                    self.sql(" AND ").has_any(&format!("{entry}.tags"), terms);
                }
                Test::Words(terms) => {
                    self.sql(" AND ").has_any(&format!("{entry}.words"), terms);
                }
                Test::Age(least, most) => {
                    self.sql(" AND ")
                        .aged(row, (*least, *most), viewer, cutoffs.today);
                }
                Test::Minutes(ago) => {
                    let since = cutoffs.minute.saturating_sub(*ago);
                    self.sql(format!(" AND {} >= ", row.seen())).big_int(since);
                }
                Test::Days(ago) => {
                    let since = cutoffs.day(*ago);
                    self.sql(format!(" AND {entry}.joined_on >= "))
                        .integer(since);
                }
            }
            self.sql(")");
        }
        self.sql(")")
    }

    /// What the row shares with the searcher, as [`crate::domain::search::Match::from_bits`] reads it.
    pub(super) fn shared(
        &mut self,
        row: Row,
        like: &Likeness,
        viewer: Viewer,
        today: Today,
    ) -> &mut Self {
        let tags = format!("{}.tags", row.entry());
        self.sql("(CASE WHEN ")
            .shows(row, Field::Interests, viewer)
            .sql(" THEN 16 * ")
            .either("min(", "least(")
            .sql(format!("{MOST_INTERESTS}, 0"));
        for interest in &like.interests {
            self.sql(" + CASE WHEN ")
                .has(&tags, interest)
                .sql(" THEN 1 ELSE 0 END");
        }
        self.sql(") ELSE 0 END + CASE WHEN ")
            .shows(row, Field::Languages, viewer)
            .sql(" THEN 0");
        self.sql(" + CASE WHEN ")
            .has_any(&tags, &like.teaches)
            .sql(" THEN 1 ELSE 0 END + CASE WHEN (FALSE");
        for native in &like.native {
            self.sql(" OR (")
                .begins(&tags, &Term::of_language(*native))
                .sql(" AND NOT (")
                .has(&tags, &Term::language(*native, Fluency::Native))
                .sql("))");
        }
        self.sql(") THEN 2 ELSE 0 END + CASE WHEN (FALSE");
        for language in &like.languages {
            self.sql(" OR ")
                .begins(&tags, &Term::of_language(*language));
        }
        self.sql(") THEN 4 ELSE 0 END");
        self.sql(" ELSE 0 END + CASE WHEN ");
        match like.age {
            Some(age) => {
                self.shows(row, Field::Age, viewer)
                    .sql(" AND ")
                    .aged(row, age, viewer, today);
            }
            None => {
                self.sql("FALSE");
            }
        }
        self.sql(" THEN 8 ELSE 0 END)")
    }

    /// The points for what is shared, of a column of bits.
    pub(super) fn score(&mut self, bits: &str) -> &mut Self {
        self.sql(format!(
            "CAST({bits} / 16 * {AN_INTEREST} + ({bits} % 2 + {bits} / 2 % 2) * {AN_EXCHANGE} \
             + {bits} / 4 % 2 * {A_LANGUAGE} + {bits} / 8 % 2 * {AN_AGE} AS bigint)"
        ))
    }
}

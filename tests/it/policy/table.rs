//! Tables of decisions: classes of situations, cells that hold one answer, and columns laid out.

use std::collections::BTreeSet;

use letterlock::{
    domain::{age::AgeClass, audience::Audience, profile::Field, standing::Standing},
    privacy::{Known, ViewerFacts, Wish, decide},
};

use crate::support::golden;

/// A class of situations: what it is called, and which belong to it.
pub(super) type Class = (&'static str, fn(&Known) -> bool);

pub(super) const fn takes_part(age: AgeClass, standing: Standing) -> bool {
    matches!(
        (age, standing),
        (AgeClass::Teen | AgeClass::Adult, Standing::Active)
    )
}

pub(super) fn viewer_is(known: &Known, wanted: AgeClass) -> bool {
    matches!(known.viewer, ViewerFacts::Member { age, standing } if age == wanted && takes_part(age, standing))
}

pub(super) fn visits(known: &Known) -> bool {
    known.viewer == ViewerFacts::Visitor
}

pub(super) fn unserved(known: &Known) -> bool {
    matches!(known.viewer, ViewerFacts::Member { age, standing }
        if !takes_part(age, standing) && !is_in_doubt(age, standing))
}

const fn is_in_doubt(age: AgeClass, standing: Standing) -> bool {
    matches!(
        (age, standing),
        (AgeClass::Teen | AgeClass::Adult, Standing::InDoubt)
    )
}

pub(super) fn in_doubt(known: &Known) -> bool {
    matches!(known.viewer, ViewerFacts::Member { age, standing } if is_in_doubt(age, standing))
}

pub(super) fn owner_is(known: &Known, age: AgeClass) -> bool {
    known.owner.age == age && takes_part(age, known.owner.standing)
}

pub(super) fn owner_takes_no_part(known: &Known) -> bool {
    !takes_part(known.owner.age, known.owner.standing)
}

pub(super) fn shows_something(known: &Known) -> bool {
    Field::ALL
        .iter()
        .any(|&field| known.audience(field) == Audience::Public)
}

pub(super) fn across(known: &Known) -> bool {
    viewer_is(known, AgeClass::Adult) && owner_is(known, AgeClass::Teen)
        || viewer_is(known, AgeClass::Teen) && owner_is(known, AgeClass::Adult)
}

pub(super) fn alike(known: &Known) -> bool {
    viewer_is(known, AgeClass::Adult) && owner_is(known, AgeClass::Adult)
        || viewer_is(known, AgeClass::Teen) && owner_is(known, AgeClass::Teen)
}

/// What is decided of `wish` in every possible situation of the classes: allowed or not, by which rules.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) answers: BTreeSet<bool>,
    pub(super) reasons: BTreeSet<&'static str>,
}

impl Cell {
    pub(super) fn add(&mut self, wish: Wish, known: &Known) {
        let verdict = decide(wish, known);
        self.answers.insert(verdict.allows());
        self.reasons.insert(verdict.sentence());
    }

    /// The one answer; `None` where the situation cannot be.
    pub(super) fn answer(&self, place: &str) -> Option<&'static str> {
        assert!(
            self.answers.len() < 2,
            "{place}: the row hides a difference"
        );
        self.answers
            .first()
            .map(|allowed| if *allowed { "yes" } else { "no" })
    }
}

pub(super) fn place_of(classes: &[Class], known: &Known) -> usize {
    let fitting: Vec<usize> = (0..classes.len())
        .filter(|&class| classes[class].1(known))
        .collect();
    assert_eq!(
        fitting.len(),
        1,
        "not just one row for {known:?}: {fitting:?}"
    );
    fitting[0]
}

/// Lays out rows in columns that are as wide as need be.
pub(super) fn lay_out(title: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let heads: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut text = format!("{title}\n\n");
    text += &line(&heads);
    text += &line(&rule);
    for row in rows {
        text += &line(row);
    }
    text
}

pub(super) fn check(name: &str, text: &str) {
    golden::check(&format!("tests/it/golden/visibility-{name}.txt"), text);
}

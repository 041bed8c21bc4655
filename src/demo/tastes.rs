//! What a fictional member does, speaks and likes.

use std::collections::BTreeSet;

use crate::domain::{interest::Interest, profile::Relationship};

use super::{
    draw::Draw,
    person::{Roots, SpokenLanguage, retired},
    tables::{capitalised, tables},
};

/// How somebody's days are filled, for those who write about it.
pub(super) enum Work {
    /// Still at school.
    Pupil,
    /// Studies this subject.
    Student(&'static str),
    /// Has this job, article included.
    Job(&'static str),
    /// Had this job, article included.
    Retired(&'static str),
}

/// The occupation as the profile states it, and as its owner would tell it.
pub(super) fn work(draw: &mut Draw, age: u32) -> (Option<String>, Work) {
    let subject = draw.pick(tables().words("subject")).copied();
    let subject = subject.unwrap_or("history");
    let possible: Vec<_> = tables()
        .occupations
        .iter()
        .filter(|job| job.min_age <= age)
        .collect();
    let job = draw.pick(&possible).copied();
    let retires = draw.chance(90);
    match (age, job) {
        (..18, _) | (_, None) => {
            let told = draw.chance(60).then(|| "Pupil".to_owned());
            (told, Work::Pupil)
        }
        (18..24, Some(_)) if draw.chance(65) => {
            let title = format!("Student of {subject}");
            (Some(title), Work::Student(subject))
        }
        (67.., Some(job)) if retires || age > 74 => {
            (Some(retired(&job.title())), Work::Retired(job.phrase))
        }
        (_, Some(job)) => (Some(job.title()), Work::Job(job.phrase)),
    }
}

/// Between none and a dozen interests, most of them from a few favourite categories.
pub(super) fn interests(draw: &mut Draw, age: u32, wanted: Option<usize>) -> Vec<&'static str> {
    let possible: Vec<Interest> = Interest::all()
        .filter(|interest| {
            let hobby = tables().hobbies.get(interest.slug());
            hobby.is_some_and(|hobby| hobby.min_age <= age)
        })
        .collect();
    let favourites: Vec<&str> = (0..3)
        .filter_map(|_| draw.pick(&possible))
        .map(|interest| interest.category())
        .collect();
    let close: Vec<Interest> = possible
        .iter()
        .copied()
        .filter(|interest| favourites.contains(&interest.category()))
        .collect();
    let count = match draw.below(100) {
        0..4 => 0,
        4..80 => draw.between(2, 7),
        _ => draw.between(8, 12),
    };
    let mut chosen = BTreeSet::new();
    let mut interests = Vec::new();
    let mut patience = wanted.map_or(count, |wanted| 60 * wanted as u32);
    while patience > 0 && wanted.is_none_or(|wanted| interests.len() < wanted) {
        patience -= 1;
        let pool = if draw.chance(70) { &close } else { &possible };
        if let Some(interest) = draw.pick(pool).filter(|one| chosen.insert(one.key())) {
            interests.push(interest.slug());
        }
    }
    interests
}

/// What somebody grew up with, learned at school, needed abroad, and took up since.
pub(super) fn languages(draw: &mut Draw, roots: &Roots, age: u32) -> Vec<SpokenLanguage> {
    let mut spoken: Vec<SpokenLanguage> = Vec::new();
    let native = draw.weighted(&roots.origin.native, |(_, weight)| *weight);
    spoken.extend(native.map(|(code, _)| SpokenLanguage {
        code,
        native: true,
        level: None,
    }));
    if let Some(code) = roots.home.main_language().filter(|_| roots.moved()) {
        let level = draw.between(3, 6);
        add(&mut spoken, code, level);
    }
    for foreign in &roots.origin.foreign {
        // Those who went to school long ago had fewer lessons in languages, or have forgotten them.
        let percent = match age {
            60.. if !foreign.fluent => foreign.percent * 3 / 4,
            ..18 if !foreign.fluent => foreign.percent * 9 / 10,
            _ => foreign.percent,
        };
        let level = match (foreign.fluent, age) {
            (true, 18..) => draw.between(5, 6),
            (true, _) => draw.between(4, 5),
            (false, 18..) if foreign.code == "en" => draw.between(2, 6),
            (false, 18..) => draw.between(1, 5),
            (false, _) => draw.between(1, 4),
        };
        if draw.chance(percent) {
            add(&mut spoken, foreign.code, level);
        }
    }
    if draw.chance(24) {
        let level = draw.between(1, 3);
        if let Some(taken_up) = draw.weighted(&tables().languages, |language| language.appeal) {
            add(&mut spoken, taken_up.code, level);
        }
    }
    spoken.truncate(6);
    spoken
}

/// Makes sure of enough English to write a few sentences in it.
pub(super) fn add_english(draw: &mut Draw, spoken: &mut Vec<SpokenLanguage>) {
    match spoken.iter_mut().find(|language| language.code == "en") {
        Some(english) => english.level = english.level.map(|level| level.max(3)),
        None => {
            let level = draw.between(3, 5);
            spoken.truncate(5);
            add(spoken, "en", level);
        }
    }
}

fn add(spoken: &mut Vec<SpokenLanguage>, code: &'static str, level: u32) {
    if spoken.iter().all(|language| language.code != code) {
        spoken.push(SpokenLanguage {
            code,
            native: false,
            level: u8::try_from(level).ok(),
        });
    }
}

/// The languages by name, for those still learned (level A1 to B1) and for native ones.
pub(super) fn by_name(
    spoken: &[SpokenLanguage],
    wanted: impl Fn(&SpokenLanguage) -> bool,
) -> Vec<String> {
    let wanted = spoken.iter().filter(|language| wanted(language));
    let named = wanted.filter_map(|language| tables().language(language.code));
    named.map(capitalised).collect()
}

/// A school or a subject, where told.
pub(super) fn education(draw: &mut Draw, age: u32) -> Option<String> {
    const SCHOOLS: [&str; 3] = ["Secondary school", "Grammar school", "Art school"];
    const SUBJECTS: [&str; 10] = [
        "History",
        "Biology",
        "Law",
        "Mathematics",
        "Nursing",
        "Architecture",
        "Literature",
        "Computer science",
        "Carpentry",
        "Music",
    ];
    let subjects: &[&str] = if age < 20 { &SCHOOLS } else { &SUBJECTS };
    let told = draw.chance(45);
    let subject = draw.pick(subjects).copied()?;
    told.then(|| subject.to_owned())
}

/// How somebody lives, where told.
pub(super) fn relationship(draw: &mut Draw, age: u32) -> Option<Relationship> {
    let told = draw.chance(30) && age >= 20;
    let lives = *draw.pick(&Relationship::ALL)?;
    told.then_some(lives)
}

/// What somebody looks for in a penpal, where told.
pub(super) fn looking_for(draw: &mut Draw) -> Option<String> {
    const WISHES: [&str; 8] = [
        "Long letters on paper, a few times a year.",
        "Somebody to practise a language with, patiently.",
        "Postcards from places that I have never heard of.",
        "A penpal who writes about ordinary days.",
        "Book talk, and disagreement about endings.",
        "Recipes, and the stories that come with them.",
        "Honest letters; there is no hurry to answer.",
        "Somebody who collects stamps, or would like to begin.",
    ];
    let told = draw.chance(50);
    let wish = draw.pick(&WISHES).copied()?;
    told.then(|| wish.to_owned())
}

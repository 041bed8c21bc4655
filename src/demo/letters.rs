//! What a fictional member writes about themselves.
//!
//! A text mentions a fact of the profile only where everybody who may read the text may see the fact:
//! in this world, too, a city that is hidden does not stand in the introduction.

use super::{
    draw::Draw,
    person::{Person, Roots},
    reach::Field,
    tables::{Phrase, capitalised, tables},
    tastes::{self, Work},
};

/// The longest text, in bytes.
const LONGEST: usize = 600;

/// The facts that a text may mention, each under the name of its gap, and the sentences so far.
struct Letter<'a> {
    gaps: Vec<(&'static str, String)>,
    age: u32,
    draw: &'a mut Draw,
    sentences: Vec<String>,
}

/// A few sentences by this person; none when nothing came out.
pub(super) fn about(
    draw: &mut Draw,
    person: &Person,
    roots: &Roots,
    work: &Work,
    given: &str,
    age: u32,
) -> Option<String> {
    let known = |field| person.audiences.may_mention(field, age);
    let country = person.country.filter(|_| known(Field::Country));
    let mut letter = Letter {
        gaps: Vec::new(),
        age,
        draw,
        sentences: Vec::new(),
    };
    if letter.draw.chance(2) {
        letter.say("plain");
        return letter.finish();
    }
    if person.display_name == given {
        letter.gap("{name}", given);
    }
    if let Some(city) = person.city.as_deref().filter(|_| known(Field::City)) {
        letter.gap("{city}", city);
    }
    if country.is_some() {
        letter.gap("{country}", roots.home.phrase);
        letter.gap("{country_cap}", &capitalised(roots.home.phrase));
        letter.gap("{origin}", roots.origin.phrase);
        letter.gap("{origin_cap}", &capitalised(roots.origin.phrase));
    }
    let placed = letter.draw.chance(50) && letter.say("greet") && letter.names_a_place();
    if roots.moved() && country.is_some() && letter.draw.chance(70) {
        letter.say("moved");
    } else if !roots.moved() && !placed && letter.draw.chance(60) {
        letter.say("place");
    }
    if person.occupation.is_some() && known(Field::Occupation) && letter.draw.chance(60) {
        letter.work(work);
    }
    if known(Field::Interests) {
        letter.hobbies(&person.interests);
    }
    if known(Field::Languages) && letter.draw.chance(32) {
        letter.language(person);
    }
    if country.is_some() && !roots.moved() && letter.draw.chance(35) {
        let local = letter.draw.pick(&roots.home.locals).copied();
        letter.sentences.extend(local.map(str::to_owned));
    }
    if letter.draw.chance(62) || letter.sentences.len() < 2 {
        letter.say("wish");
    }
    if letter.draw.chance(30) {
        letter.say("close");
    }
    letter.finish()
}

impl Letter<'_> {
    fn gap(&mut self, name: &'static str, value: &str) {
        self.gaps.retain(|(known, _)| *known != name);
        self.gaps.push((name, value.to_owned()));
    }

    /// Adds one sentence of this kind, if there is one whose gaps can all be filled.
    fn say(&mut self, kind: &str) -> bool {
        let phrases = tables().phrases.get(kind).map_or(&[][..], Vec::as_slice);
        let fit = |phrase: &&Phrase| phrase.min_age <= self.age;
        let filled: Vec<String> = phrases
            .iter()
            .filter(fit)
            .map(|phrase| self.fill(phrase.text))
            .filter(|sentence| !sentence.contains('{'))
            .collect();
        let sentence = self.draw.pick(&filled).cloned();
        let said = sentence.is_some();
        self.sentences.extend(sentence);
        said
    }

    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (gap, value): &(&str, String)| text.replace(gap, value);
        self.gaps.iter().fold(text.to_owned(), fill)
    }

    fn names_a_place(&self) -> bool {
        let places = self.gaps.iter().filter(|(gap, _)| *gap != "{name}");
        let last = self.sentences.last();
        last.is_some_and(|sentence| {
            places
                .into_iter()
                .any(|(_, place)| sentence.contains(place))
        })
    }

    fn work(&mut self, work: &Work) {
        let kind = match work {
            Work::Pupil => "pupil",
            Work::Student(subject) => {
                self.gap("{subject}", subject);
                "student"
            }
            Work::Job(job) => {
                self.gap("{job}", job);
                "work"
            }
            Work::Retired(job) => {
                self.gap("{job}", job);
                "retired"
            }
        };
        self.say(kind);
    }

    /// One sentence over some interests, and one or two about others.
    fn hobbies(&mut self, interests: &[&'static str]) {
        let mut left: Vec<_> = interests
            .iter()
            .filter_map(|slug| tables().hobbies.get(slug))
            .collect();
        self.draw.shuffle(&mut left);
        let before = self.sentences.len();
        for _ in 0..self.draw.between(1, 2) {
            let told = left.pop().filter(|_| self.draw.chance(80));
            self.sentences
                .extend(told.map(|hobby| hobby.sentence.to_owned()));
        }
        for (gap, hobby) in ["{a}", "{b}", "{c}"].into_iter().zip(&left) {
            self.gap(gap, hobby.phrase);
        }
        if self.draw.chance(60) {
            let overview = self.say("hobby");
            if let Some(overview) = self.sentences.pop_if(|_| overview) {
                let at = if self.draw.chance(50) {
                    before
                } else {
                    self.sentences.len()
                };
                self.sentences.insert(at, overview);
            }
        }
    }

    fn language(&mut self, person: &Person) {
        let learned = |level: Option<u8>| level.is_some_and(|level| level <= 3);
        let learning = tastes::by_name(&person.languages, |spoken| {
            spoken.code != "en" && learned(spoken.level)
        });
        let native = tastes::by_name(&person.languages, |spoken| spoken.native);
        let (kind, names) = if !learning.is_empty() && self.draw.chance(75) {
            ("learn", learning)
        } else {
            ("teach", native)
        };
        if let Some(name) = self.draw.pick(&names) {
            let name = name.clone();
            self.gap("{lang}", &name);
            self.say(kind);
        }
    }

    /// The sentences as one text, from the first as far as there is room.
    fn finish(self) -> Option<String> {
        let mut text = String::new();
        for sentence in self.sentences {
            if text.len() + sentence.len() < LONGEST {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&sentence);
            }
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

//! Words for streets, as postal addresses have them: folded, in the languages of most members.

/// Where in an address the name and the number of a street stand beside the word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `12 Baker Street`.
    NumberNameWord,
    /// `12, rue de la Paix`.
    NumberWordName,
    /// `Rua das Flores, 12`.
    WordNameNumber,
    /// `Breite Straße 12`.
    NameWordNumber,
}

/// Whether a word is one of streets in nearly every text, or often of something else: then its address must end
/// where a line or a sentence does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Sure,
    Unsure,
}

use Order::{NameWordNumber, NumberNameWord, NumberWordName, WordNameNumber};
use Sense::{Sure, Unsure};

const WORDS: [(Order, Sense, &[&str]); 8] = [
    (
        NumberNameWord,
        Sure,
        &[
            "street",
            "st",
            "road",
            "rd",
            "avenue",
            "ave",
            "lane",
            "ln",
            "boulevard",
            "blvd",
            "crescent",
            "terrace",
        ],
    ),
    (
        NumberNameWord,
        Unsure,
        &[
            "drive", "dr", "square", "sq", "court", "ct", "way", "place", "pl", "close", "row",
            "grove", "gardens", "mews",
        ],
    ),
    (
        NumberWordName,
        Sure,
        &[
            "rue",
            "avenue",
            "av",
            "boulevard",
            "bd",
            "chemin",
            "impasse",
            "allee",
            "quai",
            "ruelle",
            "place",
        ],
    ),
    (
        WordNameNumber,
        Sure,
        &[
            "rua",
            "avenida",
            "av",
            "avda",
            "travessa",
            "praca",
            "alameda",
            "calle",
            "plaza",
            "paseo",
            "carrer",
            "viale",
            "piazza",
            "vicolo",
            "rue",
            "avenue",
            "boulevard",
            "chemin",
            "strada",
            "bulevardul",
            "ul",
            "ulica",
            "aleja",
            "улица",
            "ул",
            "проспект",
            "просп",
            "переулок",
            "пер",
            "бульвар",
            "шоссе",
            "вулиця",
            "вул",
            "οδοσ",
            "οδόσ",
            "λεωφοροσ",
            "شارع",
            "רחוב",
            "jalan",
            "jl",
        ],
    ),
    (
        WordNameNumber,
        Unsure,
        &[
            "via",
            "largo",
            "corso",
            "estrada",
            "camino",
            "al",
            "plac",
            "os",
            "пр",
            "площадь",
        ],
    ),
    (
        NameWordNumber,
        Sure,
        &[
            "strasse",
            "str",
            "gasse",
            "allee",
            "straat",
            "gatan",
            "utca",
            "korut",
            "caddesi",
            "cad",
            "sokak",
            "sokagi",
            "iela",
            "gatve",
            "katu",
            "улица",
            "проспект",
            "вулиця",
        ],
    ),
    (
        NameWordNumber,
        Unsure,
        &[
            "weg", "platz", "gate", "gata", "vej", "vei", "gade", "ut", "ter", "ring", "damm",
            "tie",
        ],
    ),
    (NameWordNumber, Unsure, &["ufer", "plein", "kade", "laan"]),
];

/// Ends of words that are a street's name and the word in one.
const ENDS: [(Sense, &[&str]); 2] = [
    (
        Sure,
        &[
            "strasse", "str", "gasse", "allee", "straat", "gracht", "gatan", "vagen", "veien",
            "gade", "katu",
        ],
    ),
    (
        Unsure,
        &[
            "weg", "platz", "ring", "damm", "ufer", "steig", "plein", "kade", "laan", "vej",
            "gata", "gate", "tie",
        ],
    ),
];

/// The fewest letters that stand before such an end: a `Umweg` is none.
const FEWEST: usize = 3;

/// What a word that was folded says of an address.
pub(super) fn word(folded: &str) -> impl Iterator<Item = (Order, Sense)> {
    let of = WORDS
        .iter()
        .filter(move |(_, _, words)| words.contains(&folded));
    of.map(|(order, sense, _)| (*order, *sense))
}

/// Whether a word ends as the name of a street.
pub(super) fn compound(folded: &str) -> Option<Sense> {
    ENDS.iter().find_map(|(sense, ends)| {
        let before = ends.iter().find_map(|end| folded.strip_suffix(end));
        before
            .filter(|it| it.chars().count() >= FEWEST)
            .map(|_| *sense)
    })
}

/// Small words within the name of a street.
pub(super) const WITHIN: [&str; 31] = [
    "de",
    "da",
    "do",
    "das",
    "dos",
    "du",
    "des",
    "del",
    "della",
    "dei",
    "di",
    "d",
    "la",
    "le",
    "les",
    "las",
    "los",
    "l",
    "el",
    "e",
    "y",
    "i",
    "und",
    "van",
    "von",
    "der",
    "den",
    "im",
    "of",
    "the",
    "имени",
];

/// Words before the number of a house.
pub(super) const NUMBER: [&str; 14] = [
    "no",
    "nr",
    "n",
    "o",
    "num",
    "numero",
    "number",
    "д",
    "дом",
    "буд",
    "house",
    "cislo",
    "hausnummer",
    "رقم",
];

/// What is counted or measured by a number that is none of a house.
pub(super) const UNITS: [&str; 32] = [
    "km",
    "m",
    "mi",
    "min",
    "minuten",
    "minutes",
    "uhr",
    "h",
    "hours",
    "stunden",
    "jahre",
    "jahren",
    "years",
    "times",
    "mal",
    "am",
    "pm",
    "eur",
    "euro",
    "euros",
    "kg",
    "veces",
    "vezes",
    "fois",
    "volte",
    "raz",
    "раз",
    "минут",
    "часов",
    "anos",
    "ans",
    "anni",
];

/// Short and long forms of one word, for what an author has stored and what they write.
pub(super) const SHORT: [(&str, &str); 15] = [
    ("street", "st"),
    ("road", "rd"),
    ("avenue", "ave"),
    ("avenue", "av"),
    ("lane", "ln"),
    ("drive", "dr"),
    ("boulevard", "blvd"),
    ("boulevard", "bd"),
    ("square", "sq"),
    ("place", "pl"),
    ("rua", "r"),
    ("avenida", "av"),
    ("calle", "c"),
    ("ulica", "ul"),
    ("улица", "ул"),
];

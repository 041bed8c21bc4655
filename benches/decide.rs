//! The pure parts, by themselves: the decision, ids, cursors.
//!
//! `cargo bench --bench decide`. A decision on a field is to cost less than 100 ns.

use divan::{Bencher, black_box, counter::ItemsCount};
use letterlock::{
    domain::{
        age::AgeClass,
        audience::Audience,
        findable::Findable,
        id::MemberId,
        place::Country,
        profile::{Audiences, FIELDS, Field, FieldSet},
        standing::Standing,
    },
    privacy::{
        Case, Depth, FieldPermit, Known, OwnerFacts, PairFacts, Versions, ViewerFacts, Wish, decide,
    },
    viewer::{seal::Sealer, who::Viewer},
};

fn main() {
    divan::main();
}

/// Who looks, of the three for whom the rules go different ways.
const VIEWERS: [&str; 3] = ["penpal", "member", "visitor"];

fn known(viewer: &str) -> Known {
    let mut audiences = Audiences::defaults(AgeClass::Adult).with(Field::City, Audience::Lists);
    if viewer == "visitor" {
        audiences = audiences.with(Field::Country, Audience::Public);
    }
    Known {
        viewer: match viewer {
            "visitor" => ViewerFacts::Visitor,
            _ => ViewerFacts::Member {
                age: AgeClass::Adult,
                standing: Standing::Active,
            },
        },
        owner: OwnerFacts {
            age: AgeClass::Adult,
            standing: Standing::Active,
            audiences,
            findable: Findable::all(Audience::Public),
        },
        pair: PairFacts {
            penpals: viewer == "penpal",
            listed: FieldSet::NONE.with(Field::City),
            excepted: FieldSet::NONE.with(Field::Gender),
            ..PairFacts::default()
        },
    }
}

/// One decision a field, over all fields.
#[divan::bench(args = VIEWERS)]
fn decide_each_field(bencher: Bencher, viewer: &str) {
    let known = known(viewer);
    bencher.counter(ItemsCount::new(FIELDS)).bench(|| {
        Field::ALL
            .into_iter()
            .filter(|field| decide(Wish::See(*field), black_box(&known)).allows())
            .count()
    });
}

/// One permit a field, over all fields, as the guard asks.
#[divan::bench(args = VIEWERS)]
fn permit_each_field(bencher: Bencher, viewer: &str) {
    let who = match viewer {
        "visitor" => Viewer::Visitor,
        _ => Viewer::Member(MemberId::from_key(7)),
    };
    let versions = Versions {
        owner: 1,
        viewer: 1,
    };
    let case = Case::new(
        who,
        MemberId::from_key(8),
        versions,
        Depth::Seeing,
        known(viewer),
    );
    bencher.counter(ItemsCount::new(FIELDS)).bench(|| {
        Field::ALL
            .into_iter()
            .filter(|field| FieldPermit::ask(black_box(&case), *field).is_ok())
            .count()
    });
}

/// A member's audiences from what the database keeps.
#[divan::bench]
fn read_audiences(bencher: Bencher) {
    let digits = Audiences::defaults(AgeClass::Adult).digits();
    bencher.bench(|| Audiences::from_digits(black_box(&digits)));
}

/// A global id, out and in.
#[divan::bench]
fn id_there_and_back(bencher: Bencher) {
    let id = MemberId::from_key(0x0123_4567_89AB_CDEF);
    bencher.bench(|| MemberId::from_global(&black_box(id).global()));
}

/// A cursor's seal, out and in.
#[divan::bench]
fn cursor_there_and_back(bencher: Bencher) {
    let Ok(sealer) = Sealer::from_secret(b"a secret of the bench, long enough") else {
        return;
    };
    bencher.bench(|| {
        let sealed = sealer.seal("cursor", b"members", black_box(&[7; 16]));
        sealer.open("cursor", b"members", &sealed)
    });
}

/// A country, read from what the database keeps.
#[divan::bench]
fn country(bencher: Bencher) {
    bencher.bench(|| Country::parse(black_box("NL")));
}

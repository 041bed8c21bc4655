//! Whether a message is wanted by whom it is for (policy clause C49). It is decided in the transaction that writes it, and
//! its sender is not told: what is not wanted looks like what waits to be read.

use super::{Case, Grants, Wanted, Wish, decide};
use crate::domain::{
    audience::Audience,
    contact::{ContactRules, Told},
    message::Stage,
    profile::Field,
};

/// What rules compare of the one who writes, as far as the reader may see it: leave to read it.
pub fn of_writer(reader_on_writer: &Case) -> Grants {
    let fields = [
        Field::Age,
        Field::Country,
        Field::Languages,
        Field::Interests,
    ];
    Grants::ask(reader_on_writer, wanted_fields(&fields))
}

/// What rules compare of the reader, as far as the one who writes may see it: leave to read it.
pub fn of_reader(writer_on_reader: &Case) -> Grants {
    Grants::ask(
        writer_on_reader,
        wanted_fields(&[Field::Languages, Field::Interests]),
    )
}

fn wanted_fields(fields: &[Field]) -> Wanted {
    fields.iter().fold(Wanted::NOTHING, |wanted, field| {
        wanted.with(Wish::See(*field))
    })
}

/// Whether the reader wants a first message of the writer's: by whom the reader lets write to them, by what each of the
/// two shows the other, and by how long it is, in characters.
pub fn wanted(
    rules: &ContactRules,
    reader_on_writer: &Case,
    writer: &Told,
    reader: &Told,
    length: usize,
) -> bool {
    reaches(reader_on_writer)
        && match rules.writers {
            Audience::OnlyMe | Audience::Lists => false,
            Audience::Penpals => reader_on_writer.known.pair.penpals,
            Audience::Members | Audience::Public => {
                reader_on_writer.known.pair.penpals || rules.met_by(writer, reader, length)
            }
        }
}

/// Whether a message arrives: the first is wanted, or it goes on with what was accepted. Of a length is the first alone.
pub fn arrives(
    rules: &ContactRules,
    stage: Stage,
    reader_on_writer: &Case,
    writer: &Told,
    reader: &Told,
    length: usize,
) -> bool {
    let wanted = |length| wanted(rules, reader_on_writer, writer, reader, length);
    match stage {
        Stage::Accepted => reaches(reader_on_writer) && rules.writers >= Audience::Penpals,
        Stage::Nothing => wanted(length),
        // It follows on others; what penpals wrote was accepted by nobody, should they be penpals no more.
        Stage::Request | Stage::Open => wanted(usize::MAX),
    }
}

/// Whether anything of the writer's reaches the reader: the writer exists for the reader. So it is with what follows on
/// an accepted conversation, too.
pub fn reaches(reader_on_writer: &Case) -> bool {
    decide(Wish::Meet, &reader_on_writer.known).allows()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        age::AgeClass,
        findable::Findable,
        id::MemberId,
        profile::{Audiences, FieldSet},
        standing::Standing,
    };
    use crate::privacy::{Depth, Known, OwnerFacts, PairFacts, Versions, ViewerFacts};
    use crate::viewer::who::Viewer;

    /// What one adult knows of another.
    fn case(pair: PairFacts, standing: Standing, audiences: Audiences) -> Case {
        let age = AgeClass::Adult;
        let versions = Versions {
            owner: 1,
            viewer: 1,
        };
        let known = Known {
            viewer: ViewerFacts::Member {
                age,
                standing: Standing::Active,
            },
            owner: OwnerFacts {
                age,
                standing,
                audiences,
                findable: Findable::all(Audience::OnlyMe),
            },
            pair,
        };
        let viewer = Viewer::Member(MemberId::from_key(1));
        Case::new(
            viewer,
            MemberId::from_key(2),
            versions,
            Depth::Seeing,
            known,
        )
    }

    fn stranger() -> Case {
        let pair = PairFacts::default();
        case(pair, Standing::Active, Audiences::all(Audience::OnlyMe))
    }

    fn penpal() -> Case {
        let pair = PairFacts {
            penpals: true,
            ..PairFacts::default()
        };
        case(pair, Standing::Active, Audiences::all(Audience::OnlyMe))
    }

    /// Those of whom nothing reaches anybody.
    fn unreachable() -> [Case; 2] {
        let nothing = Audiences::all(Audience::OnlyMe);
        let blocked = PairFacts {
            blocked: true,
            ..PairFacts::default()
        };
        [
            case(blocked, Standing::Active, nothing),
            case(PairFacts::default(), Standing::Frozen, nothing),
        ]
    }

    fn rules(writers: Audience) -> ContactRules {
        ContactRules {
            writers,
            ..ContactRules::unchosen()
        }
    }

    #[test]
    fn who_may_write_is_as_the_reader_says() {
        let nothing = Told::default();
        for (writers, of_stranger, of_penpal) in [
            (Audience::OnlyMe, false, false),
            (Audience::Lists, false, false),
            (Audience::Penpals, false, true),
            (Audience::Members, true, true),
            (Audience::Public, true, true),
        ] {
            let rules = rules(writers);
            let wanted = |case: &Case| super::wanted(&rules, case, &nothing, &nothing, 1);
            assert_eq!(wanted(&stranger()), of_stranger, "{writers:?}");
            assert_eq!(wanted(&penpal()), of_penpal, "{writers:?}");
            for case in unreachable() {
                assert!(!wanted(&case), "{writers:?}");
            }
            // What goes on is held to nobody alone.
            let goes_on =
                |case: &Case| arrives(&rules, Stage::Accepted, case, &nothing, &nothing, 1);
            let some = writers >= Audience::Penpals;
            assert_eq!(goes_on(&stranger()), some, "{writers:?}");
            assert_eq!(goes_on(&penpal()), some, "{writers:?}");
            for case in unreachable() {
                assert!(!goes_on(&case), "{writers:?}");
                for stage in [Stage::Nothing, Stage::Request, Stage::Open] {
                    assert!(!arrives(&rules, stage, &case, &nothing, &nothing, 1));
                }
            }
            for stage in [Stage::Nothing, Stage::Request, Stage::Open] {
                let arrives = |case: &Case| arrives(&rules, stage, case, &nothing, &nothing, 1);
                assert_eq!(arrives(&stranger()), of_stranger, "{stage:?}");
                assert_eq!(arrives(&penpal()), of_penpal, "{stage:?}");
            }
        }
    }

    #[test]
    fn a_rule_for_members_holds_for_who_is_no_penpal_and_has_not_been_accepted() {
        let long = ContactRules {
            least_length: 20,
            ..rules(Audience::Members)
        };
        let nothing = Told::default();
        let short = |case: &Case| wanted(&long, case, &nothing, &nothing, 19);
        assert!(!short(&stranger()));
        assert!(short(&penpal()));
        assert!(wanted(&long, &stranger(), &nothing, &nothing, 20));
        let arrives = |stage| arrives(&long, stage, &stranger(), &nothing, &nothing, 1);
        assert!(arrives(Stage::Accepted));
        assert!(!arrives(Stage::Nothing));
        // The first alone has to be long.
        assert!(arrives(Stage::Request) && arrives(Stage::Open));
    }

    #[test]
    fn what_is_compared_is_what_is_shown() {
        let of = [
            Field::Age,
            Field::Country,
            Field::Languages,
            Field::Interests,
        ];
        let common = [Field::Languages, Field::Interests];
        let set = |fields: &[Field]| fields.iter().copied().fold(FieldSet::NONE, FieldSet::with);
        let pair = PairFacts::default();
        let open = case(pair, Standing::Active, Audiences::all(Audience::Members));
        assert_eq!(of_writer(&open).fields(), set(&of));
        assert_eq!(of_reader(&open).fields(), set(&common));
        for hidden in of {
            let audiences = Audiences::all(Audience::Members).with(hidden, Audience::Penpals);
            let case = case(pair, Standing::Active, audiences);
            let rest = |fields: &[Field]| {
                let shown: Vec<Field> = fields.iter().copied().filter(|it| *it != hidden).collect();
                set(&shown)
            };
            assert_eq!(of_writer(&case).fields(), rest(&of), "{hidden:?}");
            assert_eq!(of_reader(&case).fields(), rest(&common), "{hidden:?}");
        }
    }
}

//! What a viewer has of messages, and when one arrives: written from the prose of docs/policy.md, as `prose` is.

use std::fmt::Write;

use letterlock::domain::{audience::Audience, message::Stage, profile::Field, standing::Standing};

use super::{
    prose::{exists, sees, years},
    talk::{Letter, Talk},
    world::World,
};

/// What is known to have come, and is not there any more: it shows in nothing but where the rest stands.
pub(super) const USED_UP: &str = "used up:";

/// "What somebody wrote whose account was frozen is shown to nobody", and what is erased is gone.
pub(super) fn silenced(world: &World, member: usize) -> bool {
    let member = &world.members[member];
    !member.present || member.standing == Standing::Frozen
}

/// All that the viewer has of messages, a line a thing.
pub(super) fn own(world: &World, me: usize, all: &mut String) {
    let _ = writeln!(all, "who may write to me {:?}", world.members[me].contact);
    for other in 0..world.members.len() {
        let Some((talk, which)) = world.talk(me, other) else {
            continue;
        };
        let side = &talk.sides[which];
        // "Nothing is there": the other may have written, in vain.
        if side.stage == Stage::Nothing {
            continue;
        }
        let _ = writeln!(
            all,
            "talk with {other} request {} archived {} muted {} draft {:?}",
            side.stage == Stage::Request,
            side.archived,
            side.muted,
            side.draft
        );
        // It has a bearing on what arrives, and shows in nothing else.
        let _ = writeln!(all, "{USED_UP} {other} {:?}", side.stage);
        for (slot, letter) in &talk.letters {
            let line = line(world, other, which, *slot, talk, letter);
            if letter.lies_with(which) && !(letter.by != which && silenced(world, other)) {
                let _ = writeln!(all, "talk with {other} {slot} {line}");
            } else if letter.came_to(which) {
                let _ = writeln!(all, "{USED_UP} {other} {slot} {line}");
            }
        }
    }
}

fn line(
    world: &World,
    other: usize,
    which: usize,
    slot: usize,
    talk: &Talk,
    letter: &Letter,
) -> String {
    let mine = letter.by == which;
    let read = slot < talk.sides[which].read;
    match (mine, letter.kept[which]) {
        // It came, and is deleted: a number of the mailbox is used up, and so far was read.
        (_, false) => format!("gone {mine} {read}"),
        (true, true) => format!("mine {:?} told {} {read}", letter.text, letter.told),
        (false, true) if silenced(world, other) => format!("silenced {read}"),
        (false, true) => format!("theirs {:?} {read}", letter.text),
    }
}

/// "Who may write": whether a first message of the writer's is wanted by the reader.
fn wanted(world: &World, writer: usize, reader: usize, length: usize) -> bool {
    let rules = &world.members[reader].contact;
    let bound = world.bonded(writer, reader);
    let shown = |field| sees(world, Some(reader), writer, field);
    let shows = |field| sees(world, Some(writer), reader, field);
    let (profile, theirs) = (
        &world.members[writer].profile,
        &world.members[reader].profile,
    );
    let age = shown(Field::Age).then(|| years(world, Some(reader), writer));
    match rules.writers {
        Audience::OnlyMe | Audience::Lists => false,
        _ if bound => true,
        Audience::Penpals => false,
        Audience::Members | Audience::Public => {
            let country = profile.country.filter(|_| shown(Field::Country));
            let common = |field, any: bool| shown(field) && shows(field) && any;
            rules
                .youngest
                .is_none_or(|least| age.is_some_and(|age| age >= least))
                && rules
                    .oldest
                    .is_none_or(|most| age.is_some_and(|age| age <= most))
                && (rules.countries.is_empty()
                    || country.is_some_and(|it| rules.countries.iter().any(|one| one.code() == it)))
                && (!rules.share_language
                    || common(
                        Field::Languages,
                        profile
                            .languages
                            .keys()
                            .any(|it| theirs.languages.contains_key(it)),
                    ))
                && (!rules.share_interest
                    || common(
                        Field::Interests,
                        profile
                            .interests
                            .iter()
                            .any(|it| theirs.interests.contains(it)),
                    ))
                && length >= usize::try_from(rules.least_length).unwrap()
        }
    }
}

/// Whether a message arrives: the first is wanted, or it goes on with what was accepted; and its writer exists for the
/// reader.
pub(super) fn arrives(world: &World, writer: usize, reader: usize, length: usize) -> bool {
    let stage = world
        .talk(reader, writer)
        .map_or(Stage::Nothing, |(talk, which)| talk.sides[which].stage);
    let rules = &world.members[reader].contact;
    exists(world, Some(reader), writer)
        && match stage {
            Stage::Accepted => rules.writers >= Audience::Penpals,
            Stage::Nothing => wanted(world, writer, reader, length),
            // "At which length of the first message": it is not the first.
            Stage::Request | Stage::Open => wanted(world, writer, reader, usize::MAX),
        }
}

/// Whether a message of one to the other would begin a conversation whose id is drawn by chance, as far as the one who
/// writes can know: where the other wrote in vain before, it has one.
pub(super) fn begun_in_vain(world: &World, me: usize, other: usize) -> bool {
    world
        .talk(me, other)
        .is_some_and(|(talk, which)| talk.sides[which].stage == Stage::Nothing)
}

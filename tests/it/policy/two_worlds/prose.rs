//! What a viewer may see and do, written from the prose of docs/policy.md, over the test's own worlds: neither
//! the decision nor SQL is asked.
//!
//! Two worlds are alike for a viewer when all that the viewer may see in them is the same. Whatever else differs
//! must not show.

use std::fmt::Write;

use letterlock::domain::{
    audience::Audience, findable::Way, notice::NoticeKind, profile::Field, standing::Standing,
};

use super::world::{MINUTE, NOW, Request, Thing, Viewer, World};
use super::{gallery, mail, note, wall};
use crate::policy::oracle::widest;

/// What the viewer knows of their own account, and no answer of the tests' worlds tells by itself.
pub(super) const IN_DOUBT: &str = "I am in doubt:";

/// As `yyyymmdd`, where the day begins last.
const TODAY: i32 = 20_260_615;

/// How old somebody counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Age {
    Unknown,
    Child,
    Teen,
    Adult,
}

/// "Ages are reckoned on the careful side."
pub(super) fn age(world: &World, member: usize) -> Age {
    let member = &world.members[member];
    let (year, month) = (member.birth / 10_000, member.birth / 100 % 100);
    // From the first of the month after the eighteenth birthday on.
    let adult_from = if month == 12 {
        (year + 19) * 10_000 + 101
    } else {
        (year + 18) * 10_000 + (month + 1) * 100 + 1
    };
    if member.ageless {
        Age::Unknown
    } else if adult_from <= TODAY {
        Age::Adult
    } else if member.birth + 130_000 <= TODAY {
        Age::Teen
    } else {
        Age::Child
    }
}

/// Rule 1.
pub(super) fn served(world: &World, viewer: Viewer) -> bool {
    viewer.is_none_or(|me| {
        world.members[me].standing != Standing::Frozen
            && matches!(age(world, me), Age::Teen | Age::Adult)
    })
}

fn audience(world: &World, owner: usize, field: Field) -> Audience {
    use letterlock::domain::age::AgeClass;
    let class = if age(world, owner) == Age::Adult {
        AgeClass::Adult
    } else {
        AgeClass::Teen
    };
    world.members[owner]
        .audiences
        .chosen(field)
        .min(widest(field, class))
}

/// Rules 1 to 6.
pub(super) fn exists(world: &World, viewer: Viewer, owner: usize) -> bool {
    let member = &world.members[owner];
    if !member.present || !served(world, viewer) {
        return false;
    }
    if viewer == Some(owner) {
        return true;
    }
    let class = age(world, owner);
    let takes_part = member.standing == Standing::Active && matches!(class, Age::Teen | Age::Adult);
    takes_part
        && match viewer {
            None => {
                class == Age::Adult
                    && Field::ALL
                        .iter()
                        .any(|&field| audience(world, owner, field) == Audience::Public)
            }
            Some(me) => {
                world.members[me].standing == Standing::Active
                    && !world.blocks.contains(&(me, owner))
                    && !world.blocks.contains(&(owner, me))
                    && (age(world, me) == class || world.bonded(me, owner))
            }
        }
}

fn on_a_list(world: &World, owner: usize, me: usize, field: Field, excepted: bool) -> bool {
    world
        .lists
        .iter()
        .filter(|((of, _), list)| *of == owner && list.members.contains(&me))
        .any(|(_, list)| {
            let named = if excepted {
                &list.excepted
            } else {
                &list.shown
            };
            named.contains(&field.index())
        })
}

/// Rules 2 and 8, of somebody who exists for the viewer.
pub(super) fn sees(world: &World, viewer: Viewer, owner: usize, field: Field) -> bool {
    if !exists(world, viewer, owner) {
        return false;
    }
    let audience = audience(world, owner, field);
    match viewer {
        None => audience == Audience::Public,
        Some(me) if me == owner => true,
        Some(me) => {
            let penpals = world.bonded(me, owner);
            !on_a_list(world, owner, me, field, true)
                && match audience {
                    Audience::OnlyMe => false,
                    Audience::Lists => penpals && on_a_list(world, owner, me, field, false),
                    Audience::Penpals => penpals,
                    Audience::Members | Audience::Public => true,
                }
        }
    }
}

/// Rule 9, and "Finding": the widest for each way.
pub(super) fn finds(world: &World, viewer: Viewer, owner: usize, way: Way) -> bool {
    if !exists(world, viewer, owner) {
        return false;
    }
    let chosen = world.members[owner].findable.chosen(way);
    match viewer {
        None => chosen == Audience::Public && age(world, owner) == Age::Adult && way != Way::Email,
        Some(me) if me == owner => true,
        Some(me) => match chosen {
            Audience::OnlyMe | Audience::Lists => false,
            Audience::Penpals => world.bonded(me, owner),
            Audience::Members | Audience::Public => true,
        },
    }
}

/// "A list of penpals": the others, of whom the viewer may know.
fn penpals(world: &World, viewer: Viewer, owner: usize, field: Field) -> Vec<usize> {
    let shown = sees(world, viewer, owner, field);
    (0..world.members.len())
        .filter(|&other| shown && world.bonded(owner, other) && exists(world, viewer, other))
        .filter(|&other| match field {
            Field::Penpals => {
                viewer == Some(owner) || viewer == Some(other) || sees(world, viewer, other, field)
            }
            _ => {
                viewer.is_some_and(|me| me != owner && me != other && world.bonded(me, other))
                    && sees(world, viewer, other, field)
            }
        })
        .collect()
}

/// How old somebody is to this viewer: to the day for whoever may see the date, by the month for everybody else.
pub(super) fn years(world: &World, viewer: Viewer, owner: usize) -> i32 {
    let birth = world.members[owner].birth;
    if sees(world, viewer, owner, Field::BirthDate) {
        (TODAY - birth) / 10_000
    } else {
        (TODAY / 100 * 100 - birth) / 10_000
    }
}

/// What a field shows to whoever may see it; nothing where it is empty.
fn value(world: &World, viewer: Viewer, owner: usize, field: Field) -> Option<String> {
    let member = &world.members[owner];
    let profile = &member.profile;
    let number = |number: i32| Some(number.to_string());
    match field {
        Field::FullName => profile.full_name.clone(),
        Field::Email => Some(member.email.clone()),
        Field::BirthDate => number(member.birth),
        Field::Age => number(years(world, viewer, owner)),
        Field::Gender => profile.gender.map(|it| it.to_string()),
        Field::Country => profile.country.map(str::to_owned),
        Field::City => profile.city.clone(),
        Field::Languages => {
            (!profile.languages.is_empty()).then(|| format!("{:?}", profile.languages))
        }
        Field::Occupation => profile.occupation.clone(),
        Field::Interests => {
            (!profile.interests.is_empty()).then(|| format!("{:?}", profile.interests))
        }
        Field::AboutMe => profile.about_me.clone(),
        Field::LastSeen => Some((member.last_seen_at / MINUTE).to_string()),
        Field::Phone => profile.phone.clone(),
        Field::PostalAddress => profile.postal_address.clone(),
        Field::Birthday => number(member.birth % 10_000),
        Field::Education => profile.education.clone(),
        Field::Relationship => profile.relationship.map(|it| it.to_string()),
        Field::LookingFor => profile.looking_for.clone(),
        Field::WebHandles => {
            (!profile.web_handles.is_empty()).then(|| format!("{:?}", profile.web_handles))
        }
        Field::Joined => Some((member.joined_at / 86_400_000).to_string()),
        Field::Penpals | Field::MutualPenpals => {
            let all = penpals(world, viewer, owner, field);
            (!all.is_empty()).then(|| format!("{all:?}"))
        }
    }
}

/// All that the viewer may see, a line a thing.
pub(super) fn sight(world: &World, viewer: Viewer) -> String {
    let mut all = String::new();
    if !served(world, viewer) {
        return "this account is served nothing".to_owned();
    }
    for owner in 0..world.members.len() {
        if !exists(world, viewer, owner) {
            continue;
        }
        let _ = writeln!(all, "{owner} is {}", world.members[owner].name);
        for field in Field::ALL {
            if sees(world, viewer, owner, field)
                && let Some(value) = value(world, viewer, owner, field)
            {
                let _ = writeln!(all, "{owner} {field:?} {value}");
            }
        }
        for way in Way::ALL {
            if finds(world, viewer, owner, way) {
                let _ = writeln!(all, "{owner} is found by {way:?}");
                if way == Way::Email {
                    let _ = writeln!(all, "{owner} is at {}", world.members[owner].email);
                }
            }
        }
        if let Some(me) = viewer {
            let _ = writeln!(all, "{owner} {}", standing_to(world, me, owner));
        }
    }
    wall::sight(world, viewer, &mut all);
    gallery::sight(world, viewer, &mut all);
    if let Some(me) = viewer {
        own(world, me, &mut all);
        mail::own(world, me, &mut all);
        note::own(world, me, &mut all);
    }
    all
}

fn standing_to(world: &World, me: usize, other: usize) -> &'static str {
    if world.bonded(me, other) {
        "penpals"
    } else if asked(world, me, other) {
        "asked"
    } else if asked_me(world, me, other) {
        "asked me"
    } else {
        "nothing"
    }
}

/// That one was declined is not told.
pub(super) fn asked(world: &World, me: usize, other: usize) -> bool {
    world
        .requests
        .get(&(me, other))
        .is_some_and(|request| !request.withdrawn)
}

fn asked_me(world: &World, me: usize, other: usize) -> bool {
    world.requests.get(&(other, me)) == Some(&Request::default())
}

/// "Not shown to anybody but the owner": the owner's own settings, lists, requests and blocks.
fn own(world: &World, me: usize, all: &mut String) {
    let member = &world.members[me];
    let _ = writeln!(all, "my audiences {}", member.audiences.digits());
    let _ = writeln!(all, "my finders {}", member.findable.digits());
    let _ = writeln!(all, "{IN_DOUBT} {}", member.standing == Standing::InDoubt);
    for ((owner, number), list) in &world.lists {
        if *owner != me {
            continue;
        }
        let on: Vec<usize> = list
            .members
            .iter()
            .copied()
            .filter(|&other| exists(world, Some(me), other))
            .collect();
        let _ = writeln!(
            all,
            "list {number} {on:?} {:?} {:?}",
            list.shown, list.excepted
        );
    }
    for (from, to) in world.blocks.iter().filter(|(from, _)| *from == me) {
        let _ = writeln!(all, "blocked by {from}: {to}");
    }
    for other in (0..world.members.len()).filter(|&other| exists(world, Some(me), other)) {
        if asked(world, me, other) {
            let _ = writeln!(all, "sent {other}");
        }
        if asked_me(world, me, other) {
            let _ = writeln!(all, "received {other}");
        }
    }
}

/// Which decisions come out how: where two worlds agree in this, statements must be the same.
pub(super) fn verdicts(world: &World, viewer: Viewer) -> String {
    let mut all = String::new();
    for owner in 0..world.members.len() {
        let _ = write!(all, "\n{owner} {}", exists(world, viewer, owner));
        for way in Way::ALL {
            all.push(if finds(world, viewer, owner, way) {
                '1'
            } else {
                '0'
            });
        }
        for field in Field::ALL {
            all.push(if sees(world, viewer, owner, field) {
                '1'
            } else {
                '0'
            });
        }
    }
    all
}

/// What the prose says about an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    NotFound,
    NotPossible,
}

/// "Acts": an act of a member's toward another. The mutation's name says which.
pub(super) fn act(world: &World, me: usize, act: &str, other: usize) -> Outcome {
    if !exists(world, Some(me), other) {
        return Outcome::NotFound;
    }
    let bound = world.bonded(me, other);
    let one_side = age(world, me) == age(world, other);
    let possible = me != other
        && match act {
            "askPenpal" => !bound && one_side,
            "acceptPenpal" => !bound && one_side && asked_me(world, me, other),
            "declinePenpal" => asked_me(world, me, other),
            "withdrawPenpal" => asked(world, me, other),
            "endPenpal" | "addToList" => bound,
            "block" | "sendMessage" => true,
            _ => panic!("{act} is no act"),
        };
    if possible {
        Outcome::Done
    } else {
        Outcome::NotPossible
    }
}

/// The world after an act that was done.
pub(super) fn after(world: &World, me: usize, act: &str, other: usize) -> World {
    let mut next = world.clone();
    match act {
        // "Asking somebody who has asked accepts", also where it was declined.
        "askPenpal" => match world.requests.get(&(other, me)) {
            Some(request) if !request.withdrawn => next.bond(me, other),
            _ => next.ask(
                me,
                other,
                Request {
                    withdrawn: false,
                    ..world
                        .requests
                        .get(&(me, other))
                        .copied()
                        .unwrap_or_default()
                },
            ),
        },
        "acceptPenpal" => next.bond(me, other),
        "declinePenpal" => {
            if let Some(request) = next.requests.get_mut(&(other, me)) {
                request.declined = true;
            }
        }
        "withdrawPenpal" => match next.requests.get_mut(&(me, other)) {
            Some(request) if request.declined => request.withdrawn = true,
            _ => drop(next.requests.remove(&(me, other))),
        },
        "endPenpal" => next.part(me, other),
        "block" => next.block(me, other),
        "unblock" => drop(next.blocks.remove(&(me, other))),
        _ => {}
    }
    // "What is undone is told no more."
    let bound = ["askPenpal", "acceptPenpal"].contains(&act) && next.bonded(me, other);
    let parted = ["endPenpal", "block"].contains(&act);
    next.notes.retain(|&(of, _), note| {
        let to_me = (of, note.from) == (me, Some(other));
        let to_other = (of, note.from) == (other, Some(me));
        let undone = match note.kind {
            NoticeKind::PenpalRequest => {
                bound
                    || parted
                    || act == "declinePenpal" && to_me
                    || act == "withdrawPenpal" && to_other
            }
            NoticeKind::RequestAccepted => parted,
            _ => false,
        };
        !((to_me || to_other) && undone)
    });
    next
}

/// The time of a tie is the seed's, so that it is the same in both worlds.
pub(super) fn since(world: &World, one: usize, other: usize) -> i64 {
    world
        .time(Thing::Request(one.min(other), one.max(other)))
        .min(NOW)
}

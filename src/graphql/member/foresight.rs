//! What the fields below a member ask for, read off the document before they are resolved, so that a level
//! of the answer is read in one go.
//!
//! Nothing is decided here, and a field that is missing here costs a statement and nothing else. What
//! `@skip` and `@include` leave out, the library has left out of the document by now.

use async_graphql::{Context, SelectionField, Value};

use super::{both_ways::Given, connection::List};
use crate::domain::{
    id::MemberId,
    profile::{Field, SPECS},
};
use crate::graphql::{context::Request, guard::Foreseen};
use crate::privacy::{Depth, Wish};
use crate::store::{
    penpals::PenpalWindow,
    photos::{AlbumWindow, PhotoWindow},
};

/// The governed field that a field of `Profile` is.
fn governed(name: &str) -> Option<Field> {
    Some(match name {
        "fullName" => Field::FullName,
        "email" => Field::Email,
        "birthDate" => Field::BirthDate,
        "age" => Field::Age,
        "gender" => Field::Gender,
        "country" => Field::Country,
        "city" => Field::City,
        "languages" => Field::Languages,
        "occupation" => Field::Occupation,
        "interests" => Field::Interests,
        "aboutMe" => Field::AboutMe,
        "lastSeen" => Field::LastSeen,
        "phone" => Field::Phone,
        "postalAddress" => Field::PostalAddress,
        "birthday" => Field::Birthday,
        "education" => Field::Education,
        "relationship" => Field::Relationship,
        "lookingFor" => Field::LookingFor,
        "webHandles" => Field::WebHandles,
        "joinedOn" => Field::Joined,
        _ => return None,
    })
}

/// What is asked of the members who stand at `path` below the field that is being resolved; `owner` where
/// they are one, who is known already.
pub fn foresee(ctx: &Context<'_>, path: &[&str], owner: Option<MemberId>) -> Foreseen {
    let mut foreseen = Foreseen::default();
    descend(ctx, ctx.field(), path, owner, &mut foreseen);
    foreseen
}

fn descend(
    ctx: &Context<'_>,
    field: SelectionField<'_>,
    path: &[&str],
    owner: Option<MemberId>,
    foreseen: &mut Foreseen,
) {
    match path {
        [] => member(ctx, field, owner, foreseen),
        [name, rest @ ..] => {
            for below in field.selection_set().filter(|below| below.name() == *name) {
                descend(ctx, below, rest, owner, foreseen);
            }
        }
    }
}

fn member(
    ctx: &Context<'_>,
    field: SelectionField<'_>,
    owner: Option<MemberId>,
    foreseen: &mut Foreseen,
) {
    for below in field.selection_set() {
        match below.name() {
            "bond" => foreseen.depth = Depth::Acting,
            "handle" | "displayName" => foreseen.wanted = foreseen.wanted.with(Wish::Meet),
            "profile" => {
                for below in below.selection_set() {
                    let field = match below.name() {
                        "access" => accessed(&below),
                        name => governed(name),
                    };
                    if let Some(field) = field {
                        foreseen.wanted = foreseen.wanted.with(Wish::See(field));
                    }
                }
            }
            "penpals" => page(ctx, &below, Field::Penpals, owner, foreseen),
            "profilePhoto" => foreseen.photos.push(PhotoWindow::Portrait),
            "photos" => {
                foreseen
                    .photos
                    .extend(newest(ctx, &below).map(|limit| PhotoWindow::Page {
                        album: None,
                        after: None,
                        limit,
                    }))
            }
            "albums" => foreseen
                .albums
                .extend(newest(ctx, &below).map(|limit| AlbumWindow { after: None, limit })),
            "mutualPenpals" => page(ctx, &below, Field::MutualPenpals, owner, foreseen),
            _ => {}
        }
    }
}

/// The column that `access` asks about.
fn accessed(access: &SelectionField<'_>) -> Option<Field> {
    let arguments = access.arguments().ok()?;
    let (_, value) = arguments.into_iter().find(|(name, _)| name == "field")?;
    let name = match &value {
        Value::Enum(name) => name.as_str(),
        // As a variable has it.
        Value::String(name) => name,
        _ => return None,
    };
    SPECS
        .iter()
        .map(|spec| (spec.name, spec.field))
        .find(|(known, _)| *known == name)
        .map(|(_, field)| field)
        .filter(|field| !matches!(field, Field::Penpals | Field::MutualPenpals))
}

/// How many rows are read of a list's first page; nothing for another page, or for a part of the list.
fn newest(ctx: &Context<'_>, list: &SelectionField<'_>) -> Option<i64> {
    let given = given(list)?;
    let window = List::PhotosOf(MemberId::from_key(0));
    let window = window.window(Request::of(ctx), given.first?, None).ok()?;
    Some(window.limit())
}

fn page(
    ctx: &Context<'_>,
    list: &SelectionField<'_>,
    field: Field,
    owner: Option<MemberId>,
    foreseen: &mut Foreseen,
) {
    let Ok(arguments) = list.arguments() else {
        return;
    };
    let (mut first, mut after) = (None, None);
    for (name, value) in arguments {
        match (name.as_str(), value) {
            ("first", Value::Number(number)) => first = number.as_i64(),
            ("after", Value::String(cursor)) => after = Some(cursor),
            _ => {}
        }
    }
    let Some(first) = first.and_then(|first| i32::try_from(first).ok()) else {
        return;
    };
    // A cursor is of one owner's list.
    let owner = match (owner, &after) {
        (Some(owner), _) => owner,
        (None, None) => MemberId::from_key(0),
        (None, Some(_)) => return,
    };
    let window = penpals(owner, field).window(Request::of(ctx), first, after.as_deref());
    if let Ok(window) = window {
        let window = window.of_penpals(list);
        if !foreseen.pages.contains(&(field, window)) {
            foreseen.pages.push((field, window));
        }
    }
}

/// Which list the penpals of `owner` are, or those in common with the viewer.
pub fn penpals(owner: MemberId, field: Field) -> List {
    match field {
        Field::MutualPenpals => List::MutualOf(owner),
        _ => List::PenpalsOf(owner),
    }
}

/// How far the facts about the members at `path` below a field are to go.
pub fn depth(field: SelectionField<'_>, path: &[&str]) -> Depth {
    let Some((name, rest)) = path.split_first() else {
        let bond = field.selection_set().any(|below| below.name() == "bond");
        return if bond { Depth::Acting } else { Depth::Seeing };
    };
    field
        .selection_set()
        .filter(|below| below.name() == *name)
        .map(|below| depth(below, rest))
        .max()
        .unwrap_or_default()
}

/// The pages of messages that are asked for of the conversations at `path` below a field, but for those that a cursor
/// begins.
pub fn messages(field: SelectionField<'_>, path: &[&str]) -> Vec<Given> {
    let Some((name, rest)) = path.split_first() else {
        let lists = field.selection_set().filter(|it| it.name() == "messages");
        return lists.filter_map(|list| given(&list)).collect();
    };
    field
        .selection_set()
        .filter(|below| below.name() == *name)
        .flat_map(|below| messages(below, rest))
        .collect()
}

fn given(list: &SelectionField<'_>) -> Option<Given> {
    let mut given = Given::default();
    for (name, value) in list.arguments().ok()? {
        let number = || match &value {
            Value::Number(number) => number.as_i64().and_then(|it| i32::try_from(it).ok()),
            _ => None,
        };
        match (name.as_str(), &value) {
            (_, Value::Null) => {}
            ("first", _) => given.first = number(),
            ("last", _) => given.last = number(),
            _ => return None,
        }
    }
    Some(given)
}

/// Whether something that stands at `path` below a field is asked for.
pub fn asks(field: SelectionField<'_>, path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return true;
    };
    let mut below = field.selection_set();
    below.any(|below| below.name() == *name && asks(below, rest))
}

/// Whether the number of all is asked for with a page.
fn counted(list: &SelectionField<'_>) -> bool {
    list.selection_set()
        .any(|below| below.name() == "totalCount")
}

impl super::connection::Window {
    /// The page of penpals to read, as the field of the list asks for it.
    pub fn of_penpals(self, list: &SelectionField<'_>) -> PenpalWindow {
        PenpalWindow {
            after: self.after,
            limit: self.limit(),
            total: counted(list),
            depth: depth(*list, &["edges", "node"]),
        }
    }
}

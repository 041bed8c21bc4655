//! The viewer's own audiences.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    enums::{Audience, GovernedField, Preset},
    exposure::Outlook,
    fields::Findings,
    lists::PenpalList,
    me::VisibilityEntry,
    payload::{UserError, UserErrorCode as Code},
    warnings::{VisibilityWarning, warnings},
};
use crate::domain::{
    age::AgeClass,
    audience,
    id::ListId,
    profile::{Audiences, Field},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::store::{self, Conflict, settings::Choice};

/// The viewer's own audiences.
#[derive(Default)]
pub struct Settings;

/// A field and who may see it.
#[derive(InputObject)]
pub struct VisibilityInput {
    /// The field.
    field: GovernedField,
    /// Who may see it from now on.
    audience: Audience,
    /// With the audience `LISTS`: those of the viewer's lists to which it is shown.
    lists: Option<Vec<ID>>,
    /// Those of the viewer's lists that are excepted from the audience; none when it is left out. Who can
    /// look without signing in sees what is public, excepted or not.
    except: Option<Vec<ID>>,
}

/// What setting audiences takes.
#[derive(InputObject)]
pub struct SetVisibilityInput {
    /// Each field at most once; those that are not named stay as they are.
    entries: Vec<VisibilityInput>,
}

/// What applying a preset takes.
#[derive(InputObject)]
pub struct ApplyPresetInput {
    /// The preset.
    preset: Preset,
}

/// What setting audiences answers.
#[derive(SimpleObject)]
pub struct SetVisibilityPayload {
    /// All of the viewer's audiences, after the change.
    visibility: Option<Vec<VisibilityEntry>>,
    /// What is worth knowing about the change; it was made all the same.
    warnings: Vec<VisibilityWarning>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl Settings {
    /// Sets who may see which of the viewer's own fields; effective for the very next read by anyone.
    async fn set_visibility(
        &self,
        ctx: &Context<'_>,
        input: SetVisibilityInput,
    ) -> Sight<SetVisibilityPayload> {
        sight(set(ctx, &input).await.map(Some))
    }

    /// Sets the audiences of all of the viewer's own fields at once; no list is named any more.
    async fn apply_preset(
        &self,
        ctx: &Context<'_>,
        input: ApplyPresetInput,
    ) -> Sight<SetVisibilityPayload> {
        sight(apply(ctx, &input).await.map(Some))
    }
}

/// An input of `setVisibility`, read.
pub struct Reading {
    /// What is wrong with it.
    pub findings: Findings,
    /// What it chooses.
    pub chosen: Vec<Choice>,
    /// The viewer's own lists, where it names any.
    pub own: Vec<PenpalList>,
}

/// Reads the input of `setVisibility` for somebody of this age.
pub async fn reading(
    ctx: &Context<'_>,
    input: &SetVisibilityInput,
    age: AgeClass,
) -> Result<Reading, Error> {
    let names_lists = input
        .entries
        .iter()
        .any(|entry| entry.lists.is_some() || entry.except.is_some());
    let own = if names_lists {
        PenpalList::all(ctx).await?
    } else {
        Vec::new()
    };
    let ids: Vec<ListId> = own.iter().map(PenpalList::list_id).collect();
    let mut findings = Findings::default();
    let mut chosen: Vec<Choice> = Vec::new();
    for (index, entry) in input.entries.iter().enumerate() {
        let place = index.to_string();
        let path = ["input", "entries", place.as_str()];
        if chosen
            .iter()
            .any(|seen| seen.field == Field::from(entry.field))
        {
            findings.add(
                &with(&path, "field"),
                Code::Repeated,
                "Give each field once.",
            );
        } else if let Some(choice) = read(&mut findings, &path, entry, age, &ids) {
            chosen.push(choice);
        }
    }
    Ok(Reading {
        findings,
        chosen,
        own,
    })
}

/// Whom each of the viewer's own fields is shown to.
async fn outlooks(ctx: &Context<'_>) -> Result<Vec<Outlook>, Error> {
    let entries = VisibilityEntry::all(ctx).await?.unwrap_or_default();
    Ok(entries.iter().map(Outlook::from).collect())
}

impl SetVisibilityPayload {
    /// As things stand now, after a change from `before`.
    async fn changed(ctx: &Context<'_>, before: &[Outlook]) -> Result<Self, Error> {
        let visibility = VisibilityEntry::all(ctx).await?;
        let entries = visibility.as_deref().unwrap_or_default();
        let after: Vec<Outlook> = entries.iter().map(Outlook::from).collect();
        Ok(Self {
            warnings: warnings(before, &after),
            visibility,
            user_errors: Vec::new(),
        })
    }

    /// As things stand, where nothing was changed.
    async fn refused(ctx: &Context<'_>, user_errors: Vec<UserError>) -> Result<Self, Error> {
        Ok(Self {
            visibility: VisibilityEntry::all(ctx).await?,
            warnings: Vec::new(),
            user_errors,
        })
    }
}

async fn set(ctx: &Context<'_>, input: &SetVisibilityInput) -> Result<SetVisibilityPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let mut reading = reading(ctx, input, case.known().owner.age).await?;
    if reading.findings.none() {
        let before = outlooks(ctx).await?;
        let request = Request::of(ctx);
        let store = &request.services().store;
        match store.set_audiences(&permit, &reading.chosen).await {
            Ok(()) => {
                request.refresh();
                return SetVisibilityPayload::changed(ctx, &before).await;
            }
            // A list was deleted a moment ago.
            Err(store::Error::Conflict(Conflict::Stale)) => {
                let path = ["input", "entries"];
                reading.findings.add(&path, Code::NotFound, NO_SUCH_LIST);
            }
            Err(error) => return Err(error.into()),
        }
    }
    SetVisibilityPayload::refused(ctx, reading.findings.into_errors()).await
}

const NO_SUCH_LIST: &str = "There is no such list.";

fn with<'a>(path: &[&'a str], last: &'a str) -> Vec<&'a str> {
    let mut path = path.to_vec();
    path.push(last);
    path
}

fn read(
    findings: &mut Findings,
    path: &[&str],
    entry: &VisibilityInput,
    age: AgeClass,
    own: &[ListId],
) -> Option<Choice> {
    let field = Field::from(entry.field);
    let audience = audience::Audience::from(entry.audience);
    if audience > field.spec().widest_for(age) {
        findings.add(
            &with(path, "audience"),
            Code::AudienceTooWide,
            format!("{} cannot be shown that widely.", field.spec().name),
        );
        return None;
    }
    let to_lists = audience == audience::Audience::Lists;
    let lists = lists(findings, &with(path, "lists"), entry.lists.as_deref(), own)?;
    if to_lists && lists.is_empty() {
        findings.add(&with(path, "lists"), Code::Blank, "Name at least one list.");
        return None;
    }
    if !to_lists && !lists.is_empty() {
        findings.add(
            &with(path, "lists"),
            Code::NotPossible,
            "Lists go with the audience LISTS; to leave somebody out, use `except`.",
        );
        return None;
    }
    let except = self::lists(
        findings,
        &with(path, "except"),
        entry.except.as_deref(),
        own,
    )?;
    if except.iter().any(|list| lists.contains(list)) {
        findings.add(
            &with(path, "except"),
            Code::Repeated,
            "A list is shown the field or excepted, not both.",
        );
        return None;
    }
    Some(Choice {
        field,
        audience,
        lists,
        except,
    })
}

/// Those of the viewer's own lists that are named, each once; or what is wrong, noted.
fn lists(
    findings: &mut Findings,
    path: &[&str],
    named: Option<&[ID]>,
    own: &[ListId],
) -> Option<Vec<ListId>> {
    let mut lists = Vec::new();
    for (at, id) in named.unwrap_or_default().iter().enumerate() {
        let at = at.to_string();
        match ListId::from_global(id).filter(|list| own.contains(list)) {
            None => {
                findings.add(&with(path, &at), Code::NotFound, NO_SUCH_LIST);
                return None;
            }
            Some(list) if lists.contains(&list) => {
                findings.add(&with(path, &at), Code::Repeated, "Give each list once.");
                return None;
            }
            Some(list) => lists.push(list),
        }
    }
    Some(lists)
}

async fn apply(ctx: &Context<'_>, input: &ApplyPresetInput) -> Result<SetVisibilityPayload, Error> {
    guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let before = outlooks(ctx).await?;
    // Somebody else's act can make the decision stale: it is made again, a few times.
    for _ in 0..6 {
        let (permit, case) = guard::own_case(ctx).await?;
        let audiences = Audiences::preset(input.preset.into(), case.known().owner.age);
        let store = &request.services().store;
        let done = store.replace_audiences(&permit, &audiences).await;
        request.refresh();
        match done {
            Err(store::Error::Conflict(Conflict::Stale)) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return SetVisibilityPayload::changed(ctx, &before).await,
        }
    }
    let again = UserError::whole(Code::NotPossible, "Try that again.");
    SetVisibilityPayload::refused(ctx, vec![again]).await
}

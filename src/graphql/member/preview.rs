//! What a change of audiences would bring about, said to the viewer before it is made.

use std::collections::HashSet;

use async_graphql::{Context, SimpleObject};

use super::{
    enums::{GovernedField, Preset},
    exposure::{Exposure, Outlook, ids},
    lists::PenpalList,
    me::VisibilityEntry,
    payload::UserError,
    reflection::Onlooker,
    settings::{self, SetVisibilityInput},
    warnings::{VisibilityWarning, warnings},
};
use crate::domain::{
    id::ListId,
    profile::{Audiences, FieldSet},
};
use crate::graphql::{context::Request, error::Error, guard};
use crate::privacy::{self, Case, Wish};
use crate::store::circle::Circle;

/// What a change of audiences would bring about; nothing is changed by asking.
#[derive(SimpleObject)]
pub struct VisibilityPreview {
    /// The fields that would be shown to others than now, in the order of `governedFields`.
    changes: Vec<VisibilityChange>,
    /// What is worth knowing before.
    warnings: Vec<VisibilityWarning>,
    /// What can be put right, as the mutation would say it. Where something is wrong, nothing would change.
    user_errors: Vec<UserError>,
}

/// What would change about one field. It is told from the viewer's own settings, lists and penpals alone.
#[derive(SimpleObject)]
pub struct VisibilityChange {
    /// The field.
    field: GovernedField,
    /// Who can see it now.
    before: Exposure,
    /// Who could see it then.
    after: Exposure,
    /// How many of the penpals whom the viewer can see would see it then and do not now.
    penpals_gaining: i64,
    /// How many of the penpals whom the viewer can see do so now and would not then.
    penpals_losing: i64,
    /// Those for whom it would be decided otherwise.
    shifts: Vec<VisibilityShift>,
}

/// Somebody for whom it would be decided otherwise.
#[derive(SimpleObject)]
pub struct VisibilityShift {
    /// Who looks.
    onlooker: Onlooker,
    /// With ON_LIST: the list on which they stand, and on no other.
    list: Option<PenpalList>,
    /// Whether they would see the field then, where something is in it.
    sees: bool,
    /// The rule that would decide, in words.
    rule: String,
    /// The change in words.
    in_words: String,
}

/// Whether two name the same lists, in whatever order.
fn same(these: &[PenpalList], those: &[PenpalList]) -> bool {
    let set = |lists| ids(lists).into_iter().collect::<HashSet<ListId>>();
    set(these) == set(those)
}

impl VisibilityPreview {
    /// Of the input of `setVisibility`, or of a preset; nothing for a visitor.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] unless it is the one or the other.
    pub async fn of(
        ctx: &Context<'_>,
        input: Option<&SetVisibilityInput>,
        preset: Option<Preset>,
    ) -> Result<Option<Self>, Error> {
        let Some(entries) = VisibilityEntry::all(ctx).await? else {
            return Ok(None);
        };
        let (permit, case) = guard::own_case(ctx).await?;
        let age = case.known().owner.age;
        let before: Vec<Outlook> = entries.iter().map(Outlook::from).collect();
        let mut after = before.clone();
        match (input, preset) {
            (Some(input), None) => {
                let reading = settings::reading(ctx, input, age).await?;
                if !reading.findings.none() {
                    return Ok(Some(Self {
                        changes: Vec::new(),
                        warnings: Vec::new(),
                        user_errors: reading.findings.into_errors(),
                    }));
                }
                for choice in &reading.chosen {
                    let of = |ids: &[ListId]| -> Vec<PenpalList> {
                        let own = reading.own.iter();
                        own.filter(|list| ids.contains(&list.list_id()))
                            .cloned()
                            .collect()
                    };
                    for outlook in after.iter_mut().filter(|it| it.field == choice.field) {
                        outlook.audience = choice.audience;
                        outlook.lists = of(&choice.lists);
                        outlook.except = of(&choice.except);
                    }
                }
            }
            (None, Some(preset)) => {
                let audiences = Audiences::preset(preset.into(), age);
                for outlook in &mut after {
                    outlook.audience = audiences.in_force(outlook.field, age);
                    outlook.lists.clear();
                    outlook.except.clear();
                }
            }
            _ => return Err(Error::BadInput("Give either `input` or `preset`.")),
        }
        let changed: Vec<(&Outlook, &Outlook)> = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| {
                before.audience != after.audience
                    || !same(&before.lists, &after.lists)
                    || !same(&before.except, &after.except)
            })
            .collect();
        let named = changed
            .iter()
            .flat_map(|(before, after)| before.named().chain(after.named()))
            .map(PenpalList::list_id)
            .collect();
        let request = Request::of(ctx);
        let circle = if changed.is_empty() {
            Circle::default()
        } else {
            let store = &request.services().store;
            store.circle(&permit, &named, request.today()).await?
        };
        let audiences = after
            .iter()
            .fold(case.known().owner.audiences, |all, outlook| {
                all.with(outlook.field, outlook.audience)
            });
        let Some(then) = case.choosing(audiences) else {
            return Ok(None);
        };
        let changes = changed
            .into_iter()
            .map(|(before, after)| {
                let (saw, would_see) = (before.shown(&circle), after.shown(&circle));
                VisibilityChange {
                    field: after.field.into(),
                    before: Exposure::told(&case, before, &circle),
                    after: Exposure::told(&then, after, &circle),
                    penpals_gaining: circle.beyond(&would_see, &saw),
                    penpals_losing: circle.beyond(&saw, &would_see),
                    shifts: shifts((&case, before), (&then, after)),
                }
            })
            .collect();
        Ok(Some(Self {
            changes,
            warnings: warnings(&before, &after),
            user_errors: Vec::new(),
        }))
    }
}

/// Those for whom the field is seen by the one and not by the other.
fn shifts(
    (now, before): (&Case, &Outlook),
    (then, after): (&Case, &Outlook),
) -> Vec<VisibilityShift> {
    let field = after.field;
    let decided = |case: &Case, onlooker| {
        case.seen_by(onlooker)
            .map(|seen| seen.verdict(Wish::See(field)))
    };
    let shift = |onlooker, list: Option<&PenpalList>, eyes: [privacy::Onlooker; 2]| {
        let [sees_now, sees_then] = eyes;
        let (saw, verdict) = (decided(now, sees_now)?, decided(then, sees_then)?);
        let sees = verdict.allows();
        (saw.allows() != sees).then(|| VisibilityShift {
            onlooker,
            list: list.cloned(),
            sees,
            rule: verdict.sentence().to_owned(),
            in_words: in_words(onlooker, list, sees),
        })
    };
    let kinds = Onlooker::KINDS
        .into_iter()
        .filter_map(|(onlooker, eyes)| shift(onlooker, None, [eyes, eyes]));
    let mut lists: Vec<&PenpalList> = Vec::new();
    for list in before.named().chain(after.named()) {
        if !lists.iter().any(|it| it.list_id() == list.list_id()) {
            lists.push(list);
        }
    }
    let on_lists = lists.into_iter().filter_map(|list| {
        let eyes = [before, after].map(|outlook| on_list(outlook, list));
        shift(Onlooker::OnList, Some(list), eyes)
    });
    kinds.chain(on_lists).collect()
}

/// A penpal who stands on this list, and on no other.
fn on_list(outlook: &Outlook, list: &PenpalList) -> privacy::Onlooker {
    let among = |lists: &[PenpalList]| {
        if ids(lists).contains(&list.list_id()) {
            FieldSet::NONE.with(outlook.field)
        } else {
            FieldSet::NONE
        }
    };
    privacy::Onlooker::Penpal {
        listed: among(&outlook.lists),
        excepted: among(&outlook.except),
    }
}

fn in_words(onlooker: Onlooker, list: Option<&PenpalList>, sees: bool) -> String {
    let whom = match (onlooker, list) {
        (_, Some(list)) => format!("A penpal on “{}”, and on no other list,", list.title()),
        (Onlooker::Visitor, _) => "Somebody without an account".to_owned(),
        (Onlooker::Adult, _) => "An adult who is no penpal of yours".to_owned(),
        (Onlooker::Teen, _) => "A teen who is no penpal of yours".to_owned(),
        _ => "A penpal who stands on no list".to_owned(),
    };
    if sees {
        format!("{whom} would see it.")
    } else {
        format!("{whom} would not see it any more.")
    }
}

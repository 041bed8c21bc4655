//! Who can see one of the viewer's own fields, said to the viewer.

use async_graphql::{Context, SimpleObject};

use super::{
    enums::{Audience, GovernedField},
    lists::PenpalList,
    me::VisibilityEntry,
    reflection::Onlooker,
};
use crate::domain::{self, age::AgeClass, id::ListId, profile::Field};
use crate::graphql::{context::Request, error::Error, guard};
use crate::privacy::{Case, Wish};
use crate::store::circle::{Circle, Shown};

/// Who can see one of the viewer's own fields. It is told from the viewer's own settings, lists and penpals
/// alone.
#[derive(SimpleObject)]
pub struct Exposure {
    /// The field.
    field: GovernedField,
    /// Who may see it now.
    audience: Audience,
    /// The same in words.
    in_words: String,
    /// How many of the penpals whom the viewer can see may see it; null where members who are no penpals may
    /// as well.
    count: Option<i64>,
    /// What is decided for whom, and by which rule.
    rulings: Vec<Ruling>,
}

/// What is decided for somebody who might look, and by which rule.
#[derive(SimpleObject)]
pub struct Ruling {
    /// Who looks; PENPAL is one who stands on no list.
    onlooker: Onlooker,
    /// Whether they see the field, where something is in it.
    sees: bool,
    /// The rule that decides, in words.
    rule: String,
}

/// Whom a field is shown to.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The field.
    pub field: Field,
    /// The audience, as it is in force.
    pub audience: domain::audience::Audience,
    /// The lists to which it is shown.
    pub lists: Vec<PenpalList>,
    /// The lists that are excepted.
    pub except: Vec<PenpalList>,
}

impl From<&VisibilityEntry> for Outlook {
    fn from(entry: &VisibilityEntry) -> Self {
        Self {
            field: entry.field.into(),
            audience: entry.audience.into(),
            lists: entry.lists.clone(),
            except: entry.except.clone(),
        }
    }
}

pub(super) fn ids(lists: &[PenpalList]) -> Vec<ListId> {
    lists.iter().map(PenpalList::list_id).collect()
}

impl Outlook {
    /// The lists that it names, one way or the other.
    pub fn named(&self) -> impl Iterator<Item = &PenpalList> {
        self.lists.iter().chain(&self.except)
    }

    /// Those of the viewer's penpals to whom it is shown.
    pub fn shown(&self, circle: &Circle) -> Shown {
        circle.shown(self.audience, &ids(&self.lists), &ids(&self.except))
    }
}

impl Exposure {
    /// Of one of the viewer's own fields; nothing for a visitor.
    pub async fn of(ctx: &Context<'_>, field: GovernedField) -> Result<Option<Self>, Error> {
        let entries = VisibilityEntry::all(ctx).await?.unwrap_or_default();
        let Some(entry) = entries.into_iter().find(|entry| entry.field == field) else {
            return Ok(None);
        };
        let outlook = Outlook::from(&entry);
        let (permit, case) = guard::own_case(ctx).await?;
        let request = Request::of(ctx);
        let counted = outlook.audience != domain::audience::Audience::OnlyMe
            && outlook.audience <= domain::audience::Audience::Penpals;
        let circle = if counted {
            let named = outlook.named().map(PenpalList::list_id).collect();
            let store = &request.services().store;
            store.circle(&permit, &named, request.today()).await?
        } else {
            Circle::default()
        };
        Ok(Some(Self::told(&case, &outlook, &circle)))
    }

    /// Of one of the viewer's own fields, were it shown like that; `case` is of the viewer and has the audience,
    /// and `circle` knows the lists.
    pub fn told(case: &Case, outlook: &Outlook, circle: &Circle) -> Self {
        let Outlook {
            field,
            audience,
            lists,
            except,
        } = outlook;
        let rulings = Onlooker::KINDS
            .into_iter()
            .filter_map(|(onlooker, eyes)| {
                let verdict = case.seen_by(eyes)?.verdict(Wish::See(*field));
                Some(Ruling {
                    onlooker,
                    sees: verdict.allows(),
                    rule: verdict.sentence().to_owned(),
                })
            })
            .collect();
        Self {
            field: (*field).into(),
            audience: (*audience).into(),
            in_words: in_words(*audience, case.known().owner.age, lists, except),
            count: (*audience <= domain::audience::Audience::Penpals)
                .then(|| circle.count(&outlook.shown(circle))),
            rulings,
        }
    }
}

fn in_words(
    audience: domain::audience::Audience,
    age: AgeClass,
    lists: &[PenpalList],
    except: &[PenpalList],
) -> String {
    use domain::audience::Audience as Reach;
    let adult = age == AgeClass::Adult;
    let (whom, excepts) = match audience {
        Reach::OnlyMe => return "Nobody but you.".to_owned(),
        Reach::Lists => (format!("Your penpals on {}", names(lists)), true),
        Reach::Penpals => ("Your penpals".to_owned(), true),
        Reach::Members if adult => ("Your penpals and all adult members".to_owned(), true),
        Reach::Members => ("Your penpals and all teen members".to_owned(), true),
        Reach::Public => ("Everybody, also without an account".to_owned(), false),
    };
    if except.is_empty() {
        format!("{whom}.")
    } else if excepts {
        format!("{whom}, but nobody on {}.", names(except))
    } else {
        // A visitor is not told apart from whoever is on the list and has not signed in.
        format!(
            "{whom}; those on {} while they have not signed in.",
            names(except)
        )
    }
}

/// `“Near”`, `“Near” and “Far”`, `“Near”, “Far” and “Work”`; or, where there is none, no list.
pub(super) fn names(lists: &[PenpalList]) -> String {
    let quoted: Vec<String> = lists
        .iter()
        .map(|list| format!("“{}”", list.title()))
        .collect();
    match quoted.as_slice() {
        [] => "no list".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

//! The typed guard: the first line of every resolver of something governed.
//!
//! It looks at the facts, asks `privacy`, and with the permit reads the content. Hidden is a plain
//! nothing, below which no statement ran. A failure is the field's own error and leaves the rest whole.

mod act;
mod finding;
mod gallery;
mod own;
mod reflection;
mod walls;

use std::sync::Arc;

use async_graphql::Context;

use super::{
    context::Request,
    error::{Error, Failure},
    loaders::{Key, Loaders, Look},
};
use crate::domain::{id::MemberId, profile::Field};
use crate::privacy::{
    Case, Depth, FieldPermit, Gallery, Grants, Onlooker, PairFacts, Permit, Wanted, Wish, wishes,
};
use crate::store::{
    content::{Column, Content},
    penpals::{PenpalPage, PenpalWindow},
    photos::{AlbumWindow, PhotoWindow},
};

pub(super) use act::act;
pub use act::{Refused, bound, count, count_act, exists, leave, leave_all};
pub use finding::{count_search, find, found};
pub use gallery::{albums, photo_file, photos};
pub use own::{lately, oneself, own, own_case, own_of, told};
pub use reflection::{Bounds, Eyes, bounds, has_list, on_list, other, penpal, reflection};
pub use walls::{Readable, comment_count, post_body, posts, readable, wall};

/// What a resolver of a governed field gives back: nothing, a value, or the field's own error.
///
/// An `Err` inside a `Result<Option<_>>` would take the parent object down with it.
pub type Sight<T> = Option<Result<T, Error>>;

/// Turns a fallible optional into a [`Sight`].
pub fn sight<T>(outcome: Result<Option<T>, Error>) -> Sight<T> {
    outcome.transpose()
}

/// A member whom the viewer has leave to meet: the facts that said so, and what was read ahead under them.
///
/// It comes from [`meet`], [`meet_all`] and [`met`] alone.
#[derive(Clone)]
pub struct Met(Arc<Ahead>);

struct Ahead {
    case: Case,
    /// With whose eyes the viewer looks at themselves; nothing where they look with their own.
    onlooker: Option<Onlooker>,
    wanted: Wanted,
    grants: Grants,
    /// Nothing when settings have changed since the decisions.
    content: Result<Option<Arc<Content>>, Failure>,
}

impl std::fmt::Debug for Met {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Met").field(&self.0.case.subject()).finish()
    }
}

impl Met {
    /// The member's id.
    pub fn id(&self) -> MemberId {
        self.0.case.subject()
    }

    /// The facts about the member.
    pub fn case(&self) -> &Case {
        &self.0.case
    }

    /// Whether settings have changed between the decisions and the read.
    fn stale(&self) -> bool {
        !self.0.grants.is_empty() && matches!(self.0.content, Ok(None))
    }

    fn fail(&mut self, failure: &Failure) {
        let Ahead {
            case,
            onlooker,
            wanted,
            grants,
            ..
        } = *self.0;
        self.0 = Arc::new(Ahead {
            case,
            onlooker,
            wanted,
            grants,
            content: Err(failure.clone()),
        });
    }
}

/// What the fields below a member ask for, to be read in one go before they are resolved.
///
/// It saves round trips and decides nothing: what was not foreseen is read when it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    /// What is wanted of the member's own.
    pub wanted: Wanted,
    /// How far the facts are to go.
    pub depth: Depth,
    /// The pages of penpals, and whether each is to be counted.
    pub pages: Vec<(Field, PenpalWindow)>,
    /// The photos.
    pub photos: Vec<PhotoWindow>,
    /// The albums.
    pub albums: Vec<AlbumWindow>,
}

impl Foreseen {
    /// The governed fields that are decided on.
    fn wishes(&self) -> Vec<Wish> {
        let pages = self.pages.iter().map(|(field, _)| *field);
        let fields = self.wanted.fields().iter().chain(pages);
        let looks = !self.photos.is_empty() || !self.albums.is_empty();
        let looks = gallery::LOOKS.into_iter().filter(|_| looks);
        fields.map(Wish::See).chain(looks).collect()
    }

    /// What can be read under the facts; the first is of the member's own, if there is any.
    fn keys(&self, case: &Case, grants: Grants) -> impl Iterator<Item = Key> {
        let own = (!grants.is_empty()).then_some(Key::Content(grants));
        let pages = self.pages.iter().filter_map(|(field, window)| {
            let permit = FieldPermit::ask(case, *field).ok()?;
            let counted = window.total && window.after.is_some();
            Some([
                Some(Key::Page(permit, *window)),
                counted.then_some(Key::Count(permit)),
            ])
        });
        let shown = Gallery::ask(case).into_iter().flat_map(|gallery| {
            let photos = self.photos.iter();
            let photos = photos.map(move |window| Key::Photos(gallery, *window));
            let albums = self.albums.iter();
            photos.chain(albums.map(move |window| Key::Albums(gallery, *window)))
        });
        own.into_iter()
            .chain(pages.flatten().flatten())
            .chain(shown)
    }
}

/// Reads under a decision on the facts about `met`; when settings have changed since, looks at the facts
/// once more and decides again.
async fn read<T, Fut>(
    request: &Request,
    met: &Met,
    wishes: &[Wish],
    read: impl Fn(Case) -> Option<Fut>,
) -> Result<Option<T>, Error>
where
    Fut: Future<Output = Result<Option<T>, Failure>>,
{
    let read = |case: Case| {
        request.decided(&case, met.0.onlooker, wishes);
        read(case)
    };
    let Some(reading) = read(*met.case()) else {
        return Ok(None);
    };
    if let Some(found) = reading.await? {
        return Ok(Some(found));
    }
    let again = request
        .loaders()
        .case(met.id(), Look::Second, Depth::Seeing)
        .await?;
    match again
        .and_then(|case| with_eyes(met.0.onlooker, case))
        .and_then(read)
    {
        Some(reading) => Ok(reading.await?),
        None => Ok(None),
    }
}

async fn content(ctx: &Context<'_>, met: &Met, wish: Wish) -> Result<Option<Arc<Content>>, Error> {
    let ahead = &*met.0;
    if ahead.wanted.contains(wish) {
        return match &ahead.content {
            _ if !ahead.grants.grant(wish) => Ok(None),
            Ok(content) => Ok(content.clone()),
            Err(failure) => Err(failure.clone().into()),
        };
    }
    let request = Request::of(ctx);
    // Boxed, since every governed field has a place for this in its parent's future, and few come here.
    Box::pin(read(request, met, &[wish], |case| {
        let grants = Grants::ask(&case, Wanted::NOTHING.with(wish));
        grants
            .grant(wish)
            .then_some(async move { request.loaders().content(grants).await })
    }))
    .await
}

/// A governed field of `met`, for whoever is asking.
pub async fn see<F: Column>(ctx: &Context<'_>, met: &Met) -> Sight<F::Value> {
    let content = match content(ctx, met, Wish::See(F::FIELD)).await {
        Ok(Some(content)) => content,
        Ok(None) => return None,
        Err(error) => return Some(Err(error)),
    };
    sight(F::of(&content).map_err(Error::from))
}

/// The handle of `met`.
pub async fn handle(ctx: &Context<'_>, met: &Met) -> Sight<String> {
    sight(
        content(ctx, met, Wish::Meet)
            .await
            .map(|content| content.and_then(|content| content.handle().map(str::to_owned))),
    )
}

/// The display name of `met`.
pub async fn display_name(ctx: &Context<'_>, met: &Met) -> Sight<String> {
    sight(
        content(ctx, met, Wish::Meet)
            .await
            .map(|content| content.and_then(|content| content.display_name().map(str::to_owned))),
    )
}

/// A page of the penpals of `met`, or of those in common with the viewer, as `field` says: nothing where
/// the list is hidden.
pub async fn penpals(
    ctx: &Context<'_>,
    met: &Met,
    field: Field,
    window: PenpalWindow,
) -> Result<Option<Arc<PenpalPage>>, Error> {
    let request = Request::of(ctx);
    read(request, met, &[Wish::See(field)], |case| {
        let permit = FieldPermit::ask(&case, field).ok()?;
        Some(async move { request.loaders().page(permit, window).await })
    })
    .await
}

/// How many penpals of `met`, or in common, the viewer may know of: nothing where the list is hidden.
pub async fn penpal_count(
    ctx: &Context<'_>,
    met: &Met,
    field: Field,
) -> Result<Option<i64>, Error> {
    let request = Request::of(ctx);
    read(request, met, &[Wish::See(field)], |case| {
        let permit = FieldPermit::ask(&case, field).ok()?;
        Some(async move { request.loaders().count(permit).await })
    })
    .await
}

/// Whether a member shows a field to the viewer now: between the events of a subscription.
pub async fn shows(request: &Request, member: MemberId, field: Field) -> Result<bool, Error> {
    let showing = showing(request, &[member], field).await?;
    Ok(!showing.is_empty())
}

/// Those of the members who show a field to the viewer now; one statement.
pub async fn showing(
    request: &Request,
    members: &[MemberId],
    field: Field,
) -> Result<Vec<MemberId>, Error> {
    let cases = request
        .loaders()
        .cases(members, Look::First, Depth::Seeing)
        .await?;
    let shown = cases
        .iter()
        .filter(|case| FieldPermit::ask(case, field).is_ok());
    Ok(shown.map(Case::subject).collect())
}

/// Whether `F` of `met` has something that the viewer may see.
pub async fn has<F: Column>(ctx: &Context<'_>, met: &Met) -> Result<bool, Error> {
    see::<F>(ctx, met)
        .await
        .transpose()
        .map(|value| value.is_some())
}

/// The member, where they exist for the viewer, with what is foreseen read ahead.
pub async fn meet(
    ctx: &Context<'_>,
    member: MemberId,
    foreseen: &Foreseen,
) -> Result<Option<Met>, Error> {
    let case = case(ctx, member, foreseen.depth).await?;
    Ok(met(ctx, case, foreseen).await.pop())
}

/// Those of `members` who exist for the viewer, in the same order, with what is foreseen read ahead.
pub async fn meet_all(
    ctx: &Context<'_>,
    members: &[MemberId],
    foreseen: &Foreseen,
) -> Result<Vec<Met>, Error> {
    let cases = Request::of(ctx)
        .loaders()
        .cases(members, Look::First, foreseen.depth)
        .await?;
    Ok(met(ctx, cases, foreseen).await)
}

/// Those who exist for the viewer, of the members whom the cases are about, in the same order, with what is
/// foreseen read ahead: one statement for content, however many they are.
///
/// When settings have changed since the facts, the facts are looked at once more: who no longer exists for
/// the viewer is left out, and what is still not to be had is nothing.
pub async fn met(
    ctx: &Context<'_>,
    cases: impl IntoIterator<Item = Case>,
    foreseen: &Foreseen,
) -> Vec<Met> {
    seen(ctx, cases, None, foreseen).await
}

/// The facts, where `onlooker` looks; as they are where the viewer looks with their own eyes.
fn with_eyes(onlooker: Option<Onlooker>, case: Case) -> Option<Case> {
    match onlooker {
        None => Some(case),
        Some(onlooker) => case.seen_by(onlooker),
    }
}

/// [`met`], with the eyes of `onlooker` where there is one.
async fn seen(
    ctx: &Context<'_>,
    cases: impl IntoIterator<Item = Case>,
    onlooker: Option<Onlooker>,
    foreseen: &Foreseen,
) -> Vec<Met> {
    let request = Request::of(ctx);
    let loaders = request.loaders();
    let mut all = ahead(request, &loaders, cases, onlooker, foreseen).await;
    let stale: Vec<MemberId> = all.iter().filter(|met| met.stale()).map(Met::id).collect();
    if stale.is_empty() {
        return all;
    }
    match loaders.cases(&stale, Look::Second, foreseen.depth).await {
        Ok(cases) => {
            let again = ahead(request, &loaders, cases, onlooker, foreseen).await;
            let newest = |met: &Met| again.iter().find(|it| it.id() == met.id()).cloned();
            all.into_iter()
                .filter_map(|met| if met.stale() { newest(&met) } else { Some(met) })
                .collect()
        }
        Err(failure) => {
            for met in all.iter_mut().filter(|met| met.stale()) {
                met.fail(&failure);
            }
            all
        }
    }
}

/// Decides on each case, as the onlooker has it, whether to meet and what to read, and reads it.
async fn ahead(
    request: &Request,
    loaders: &Loaders,
    cases: impl IntoIterator<Item = Case>,
    onlooker: Option<Onlooker>,
    foreseen: &Foreseen,
) -> Vec<Met> {
    let decided: Vec<(Case, Grants)> = cases
        .into_iter()
        .filter_map(|case| with_eyes(onlooker, case))
        .inspect(|case| request.decided(case, onlooker, &[Wish::Meet]))
        .filter(|case| Permit::<wishes::Meet>::ask(case).is_ok())
        .inspect(|case| {
            if request.trace().is_some() {
                request.decided(case, onlooker, &foreseen.wishes());
            }
        })
        .map(|case| (case, Grants::ask(&case, foreseen.wanted)))
        .collect();
    let keys: Vec<Key> = decided
        .iter()
        .flat_map(|(case, grants)| foreseen.keys(case, *grants))
        .collect();
    if !keys.is_empty() {
        loaders.gather(keys).await;
    }
    let mut all = Vec::with_capacity(decided.len());
    for (case, grants) in decided {
        let content = if grants.is_empty() {
            Ok(None)
        } else {
            loaders.content(grants).await
        };
        all.push(Met(Arc::new(Ahead {
            case,
            onlooker,
            wanted: foreseen.wanted,
            grants,
            content,
        })));
    }
    all
}

/// The facts about a member, as far as is asked.
async fn case(ctx: &Context<'_>, member: MemberId, depth: Depth) -> Result<Option<Case>, Error> {
    let loaders = Request::of(ctx).loaders();
    Ok(loaders.case(member, Look::First, depth).await?)
}

/// What stands between the viewer and `met`: the bond, or else what was asked; nothing where that has
/// changed so that they no longer exist for the viewer.
pub async fn pair(ctx: &Context<'_>, met: &Met) -> Result<Option<PairFacts>, Error> {
    let pair = met.case().known().pair;
    if met.case().depth() == Depth::Acting || pair.same || pair.penpals {
        return Ok(Some(pair));
    }
    // Not foreseen: a second look, and so a second decision.
    let again = case(ctx, met.id(), Depth::Acting).await?;
    Ok(again
        .filter(|case| Permit::<wishes::Meet>::ask(case).is_ok())
        .map(|case| case.known().pair))
}

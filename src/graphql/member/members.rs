//! A member and their profile, as the viewer may see them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, SubsecRound, Timelike, Utc};

use super::{
    catalog::{Country, Interest, Language},
    connection::{Connection, Listed, PenpalConnection},
    enums::{Access, Bond, Fluency, Gender, GovernedField, Relationship},
    foresight::{self, foresee},
    photos::{self, Album, Photo},
    scalars::{Date, MonthDay},
    walls::{self, Post},
};
use crate::domain::profile::{Field, governed};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Met, Sight, see, sight},
};
use crate::store::lists::{Place, Placed};

/// A member of the network, who exists for the viewer.
#[derive(Clone, Debug)]
pub struct Member(Met);

impl From<Met> for Member {
    fn from(met: Met) -> Self {
        Self(met)
    }
}

impl Listed for Member {
    const CONNECTION: &'static str = "MemberConnection";
    const EDGE: &'static str = "MemberEdge";
}

/// A member of the network, who exists for the viewer.
#[Object]
impl Member {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.0.id().global().into()
    }

    /// The name by which the member can be found; given once, to nobody else ever. Null only when the
    /// member ceased to exist for the viewer while the answer was made.
    async fn handle(&self, ctx: &Context<'_>) -> Sight<String> {
        guard::handle(ctx, &self.0).await
    }

    /// The name that is shown wherever the member is. Null only when the member ceased to exist for the
    /// viewer while the answer was made.
    async fn display_name(&self, ctx: &Context<'_>) -> Sight<String> {
        guard::display_name(ctx, &self.0).await
    }

    /// What the member tells of themselves. What is hidden is null, and looks like what is empty.
    async fn profile(&self) -> Profile {
        Profile(self.0.clone())
    }

    /// Penpals, newest first. A pair shows where both show their list to the viewer. A hidden list is an
    /// empty one.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn penpals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<PenpalConnection> {
        sight(
            Box::pin(self.penpal_page(ctx, Field::Penpals, first, after))
                .await
                .map(Some),
        )
    }

    /// Penpals whom the member and the viewer have in common, the member's newest first. One shows where
    /// both the member and the one in common show theirs to the viewer. A hidden list is an empty one.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn mutual_penpals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<PenpalConnection> {
        sight(
            Box::pin(self.penpal_page(ctx, Field::MutualPenpals, first, after))
                .await
                .map(Some),
        )
    }

    /// What stands on the member's wall, of what the viewer may read, the newest first. What is hidden is not there.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn wall(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Post>> {
        sight(Box::pin(walls::wall_of(ctx, &self.0, first, after)).await)
    }

    /// Photos, the newest first, those at which the viewer may look: each has an audience of its own, and one that lies in
    /// an album is also within the album's (policy clause C43). Hidden photos are none.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn photos(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only those in this album.")] album: Option<ID>,
    ) -> Sight<Connection<Photo>> {
        sight(
            Box::pin(photos::page(ctx, &self.0, first, after, album))
                .await
                .map(Some),
        )
    }

    /// Albums, the newest first, those at which the viewer may look. Hidden albums are none.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Album>> {
        sight(
            Box::pin(photos::albums(ctx, &self.0, first, after))
                .await
                .map(Some),
        )
    }

    /// The photo that stands for the member, where the viewer may look at it.
    async fn profile_photo(&self, ctx: &Context<'_>) -> Sight<Photo> {
        sight(Box::pin(photos::portrait(ctx, &self.0)).await)
    }

    /// How the viewer and the member stand to each other; null for visitors.
    async fn bond(&self, ctx: &Context<'_>) -> Sight<Bond> {
        sight(self.stand(ctx).await)
    }
}

/// The members of a page, each with their place, and with what the fields at `path` below the one that is
/// being resolved ask of them.
pub async fn placed(ctx: &Context<'_>, page: &[Placed], path: &[&str]) -> Vec<(Place, Member)> {
    let foreseen = foresee(ctx, path, None);
    let met = guard::met(ctx, page.iter().map(|(_, case)| *case), &foreseen).await;
    let place = |met: &Met| {
        let (place, _) = page.iter().find(|(_, case)| case.subject() == met.id())?;
        Some(*place)
    };
    met.into_iter()
        .filter_map(|met| Some((place(&met)?, met.into())))
        .collect()
}

/// What a connection costs: as many times its children as it may have.
pub fn page_cost(first: i32) -> usize {
    usize::try_from(first.clamp(1, super::connection::LARGEST_PAGE)).unwrap_or(1)
}

impl Member {
    /// As they were met.
    pub(super) const fn met(&self) -> &Met {
        &self.0
    }

    async fn penpal_page(
        &self,
        ctx: &Context<'_>,
        field: Field,
        first: i32,
        after: Option<String>,
    ) -> Result<PenpalConnection, Error> {
        let request = Request::of(ctx);
        let list = foresight::penpals(self.0.id(), field);
        let window = list.window(request, first, after.as_deref())?;
        let wanted = window.of_penpals(&ctx.field());
        let found = guard::penpals(ctx, &self.0, field, wanted)
            .await?
            .unwrap_or_default();
        let nodes = placed(ctx, window.page(&found.placed), &["edges", "node"]).await;
        let connection = Connection::new(list, window, found.placed.len(), nodes);
        Ok(PenpalConnection::new(
            connection,
            self.0.clone(),
            field,
            found.total,
        ))
    }

    async fn stand(&self, ctx: &Context<'_>) -> Result<Option<Bond>, Error> {
        if Request::of(ctx).viewer() == crate::viewer::who::Viewer::Visitor {
            return Ok(None);
        }
        let Some(pair) = guard::pair(ctx, &self.0).await? else {
            return Ok(None);
        };
        Ok(Some(if pair.same {
            Bond::Myself
        } else if pair.penpals {
            Bond::Penpals
        } else if pair.asked {
            Bond::AskedByMe
        } else if pair.asked_me {
            Bond::AskedMe
        } else {
            Bond::None
        }))
    }
}

/// What a member tells of themselves. Each field is governed by its own audience.
#[derive(Clone, Debug)]
pub struct Profile(Met);

/// A language of a member.
#[derive(SimpleObject)]
pub struct SpokenLanguage {
    /// Which.
    language: Language,
    /// How well.
    fluency: Fluency,
}

/// A name or address of a member elsewhere on the web: text, not a link that the service has looked at.
#[derive(SimpleObject)]
pub struct WebHandle {
    /// The service's name.
    service: String,
    /// The name or address there.
    address: String,
}

/// What a member tells of themselves. Each field is governed by its own audience; what is hidden from the
/// viewer is null, and looks like what is empty.
#[Object]
impl Profile {
    /// Full name (policy clause C42).
    async fn full_name(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::FullName>(ctx, &self.0).await
    }

    /// E-mail address, never shown to more than penpals (policy clause C42).
    async fn email(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::Email>(ctx, &self.0).await
    }

    /// Birth date (policy clause C42).
    async fn birth_date(&self, ctx: &Context<'_>) -> Sight<Date> {
        see::<governed::BirthDate>(ctx, &self.0)
            .await
            .map(|date| date.map(Date::from))
    }

    /// Age in whole years (policy clause C42). For whoever may see the birth date, a year is complete when
    /// the birthday has begun everywhere on Earth; for others, on the first of the month after it.
    async fn age(&self, ctx: &Context<'_>) -> Sight<i32> {
        see::<governed::Age>(ctx, &self.0)
            .await
            .map(|age| age.map(i32::from))
    }

    /// Gender (policy clause C43).
    async fn gender(&self, ctx: &Context<'_>) -> Sight<Gender> {
        see::<governed::Gender>(ctx, &self.0)
            .await
            .map(|gender| gender.map(Gender::from))
    }

    /// Country (policy clause C43).
    async fn country(&self, ctx: &Context<'_>) -> Sight<Country> {
        see::<governed::Country>(ctx, &self.0)
            .await
            .map(|country| country.map(Country::from))
    }

    /// City (policy clause C43).
    async fn city(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::City>(ctx, &self.0).await
    }

    /// Languages, native ones first, then the best learned (policy clause C43).
    async fn languages(&self, ctx: &Context<'_>) -> Sight<Vec<SpokenLanguage>> {
        see::<governed::Languages>(ctx, &self.0)
            .await
            .map(|spoken| {
                spoken.map(|spoken| {
                    spoken
                        .into_iter()
                        .map(|spoken| SpokenLanguage {
                            language: spoken.language.into(),
                            fluency: spoken.fluency.into(),
                        })
                        .collect()
                })
            })
    }

    /// Occupation (policy clause C43).
    async fn occupation(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::Occupation>(ctx, &self.0).await
    }

    /// Interests (policy clause C43).
    async fn interests(&self, ctx: &Context<'_>) -> Sight<Vec<Interest>> {
        see::<governed::Interests>(ctx, &self.0)
            .await
            .map(|interests| {
                interests.map(|interests| interests.into_iter().map(Interest::from).collect())
            })
    }

    /// About me (policy clause C43).
    async fn about_me(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::AboutMe>(ctx, &self.0).await
    }

    /// When the member was last here, to the minute (policy clause C46).
    async fn last_seen(&self, ctx: &Context<'_>) -> Sight<DateTime<Utc>> {
        see::<governed::LastSeen>(ctx, &self.0)
            .await
            .map(|seen| seen.map(|seen| seen.trunc_subsecs(0).with_second(0).unwrap_or_default()))
    }

    /// Telephone number as `+` and digits (ITU-T E.164), never shown to more than penpals (policy clause
    /// C43).
    async fn phone(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::Phone>(ctx, &self.0).await
    }

    /// Postal address, with line breaks, never shown to more than penpals (policy clause C43).
    async fn postal_address(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::PostalAddress>(ctx, &self.0).await
    }

    /// Day and month of birth (policy clause C42).
    async fn birthday(&self, ctx: &Context<'_>) -> Sight<MonthDay> {
        see::<governed::Birthday>(ctx, &self.0)
            .await
            .map(|day| day.map(MonthDay::from))
    }

    /// Education (policy clause C43).
    async fn education(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::Education>(ctx, &self.0).await
    }

    /// Relationship (policy clause C43).
    async fn relationship(&self, ctx: &Context<'_>) -> Sight<Relationship> {
        see::<governed::Relationship>(ctx, &self.0)
            .await
            .map(|relationship| relationship.map(Relationship::from))
    }

    /// What the member looks for in a penpal (policy clause C43).
    async fn looking_for(&self, ctx: &Context<'_>) -> Sight<String> {
        see::<governed::LookingFor>(ctx, &self.0).await
    }

    /// Names and addresses elsewhere on the web, in the member's order (policy clause C43).
    async fn web_handles(&self, ctx: &Context<'_>) -> Sight<Vec<WebHandle>> {
        see::<governed::WebHandles>(ctx, &self.0)
            .await
            .map(|handles| {
                handles.map(|handles| {
                    handles
                        .into_iter()
                        .map(|handle| WebHandle {
                            service: handle.service().to_owned(),
                            address: handle.address().to_owned(),
                        })
                        .collect()
                })
            })
    }

    /// The day on which the member joined (policy clause C46).
    async fn joined_on(&self, ctx: &Context<'_>) -> Sight<Date> {
        see::<governed::Joined>(ctx, &self.0)
            .await
            .map(|day| day.map(Date::from))
    }

    /// Whether a field has something for the viewer.
    async fn access(&self, ctx: &Context<'_>, field: GovernedField) -> Sight<Access> {
        sight(Box::pin(self.has(ctx, field.into())).await.map(|has| {
            Some(if has {
                Access::Visible
            } else {
                Access::Unavailable
            })
        }))
    }
}

impl Profile {
    /// The profile of somebody who was met.
    pub(super) fn of(met: Met) -> Self {
        Self(met)
    }

    async fn has(&self, ctx: &Context<'_>, field: Field) -> Result<bool, Error> {
        match field {
            Field::FullName => guard::has::<governed::FullName>(ctx, &self.0).await,
            Field::Email => guard::has::<governed::Email>(ctx, &self.0).await,
            Field::BirthDate => guard::has::<governed::BirthDate>(ctx, &self.0).await,
            Field::Age => guard::has::<governed::Age>(ctx, &self.0).await,
            Field::Gender => guard::has::<governed::Gender>(ctx, &self.0).await,
            Field::Country => guard::has::<governed::Country>(ctx, &self.0).await,
            Field::City => guard::has::<governed::City>(ctx, &self.0).await,
            Field::Languages => guard::has::<governed::Languages>(ctx, &self.0).await,
            Field::Occupation => guard::has::<governed::Occupation>(ctx, &self.0).await,
            Field::Interests => guard::has::<governed::Interests>(ctx, &self.0).await,
            Field::AboutMe => guard::has::<governed::AboutMe>(ctx, &self.0).await,
            Field::LastSeen => guard::has::<governed::LastSeen>(ctx, &self.0).await,
            Field::Phone => guard::has::<governed::Phone>(ctx, &self.0).await,
            Field::PostalAddress => guard::has::<governed::PostalAddress>(ctx, &self.0).await,
            Field::Birthday => guard::has::<governed::Birthday>(ctx, &self.0).await,
            Field::Education => guard::has::<governed::Education>(ctx, &self.0).await,
            Field::Relationship => guard::has::<governed::Relationship>(ctx, &self.0).await,
            Field::LookingFor => guard::has::<governed::LookingFor>(ctx, &self.0).await,
            Field::WebHandles => guard::has::<governed::WebHandles>(ctx, &self.0).await,
            Field::Joined => guard::has::<governed::Joined>(ctx, &self.0).await,
            Field::Penpals | Field::MutualPenpals => guard::has_list(ctx, &self.0, field).await,
        }
    }
}

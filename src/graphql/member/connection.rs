//! Connections (Relay Cursor Connections Specification), with sealed cursors.
//!
//! A cursor names a place by values that the viewer may not know, such as when somebody joined, so it is
//! sealed; and it is bound to its list and its viewer, so that it opens nowhere else.

use std::borrow::Cow;

use async_graphql::{
    ComplexObject, ContextSelectionSet, OutputType, Positioned, ServerResult, SimpleObject,
    TypeName, Value, parser::types::Field as Selected, registry::Registry,
};

use crate::domain::{
    id::{AlbumId, ConversationId, ListId, MemberId, PostId},
    profile::Field,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Met, Sight, sight},
};
use crate::store::lists::Place;
use crate::viewer::{seal::Sealer, who::Viewer};

/// The most that one page holds.
pub const LARGEST_PAGE: i32 = 100;

/// Which list a cursor is of.
#[derive(Clone, Copy, Debug)]
pub enum List {
    /// All members.
    Members,
    /// The penpals of one.
    PenpalsOf(MemberId),
    /// The penpals of one that are also the viewer's.
    MutualOf(MemberId),
    /// Those on one of the viewer's lists.
    On(ListId),
    /// The viewer's requests that were sent.
    Sent,
    /// The viewer's requests that were received.
    Received,
    /// The viewer's blocks.
    Blocks,
    /// What a search found; the number is told from all that was asked.
    Found(i64),
    /// The viewer's conversations of one folder, by its number.
    Conversations(i64),
    /// The messages of one of the viewer's conversations.
    Messages(ConversationId),
    /// What a search found in the viewer's messages; the number is told from all that was asked.
    FoundMessages(i64),
    /// What arrives in the viewer's mailbox.
    Arrivals,
    /// The changes of the viewer's conversations.
    Changes,
    /// What the viewer is told of.
    Notices,
    /// The same, as it comes.
    Noticed,
    /// The posts on somebody's wall.
    Wall(MemberId),
    /// The comments on a post.
    Comments(PostId),
    /// The posts of the viewer's penpals.
    Feed,
    /// The posts that the viewer wrote.
    OwnPosts,
    /// The comments that the viewer wrote.
    OwnComments,
    /// The photos of one.
    PhotosOf(MemberId),
    /// Those in an album.
    PhotosIn(AlbumId),
    /// The albums of one.
    AlbumsOf(MemberId),
}

impl List {
    /// A number told from all that was asked, for lists that a question makes.
    pub fn number_of(asked: &str) -> i64 {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(asked);
        let mut number = [0; 8];
        number.copy_from_slice(&digest[..8]);
        i64::from_be_bytes(number)
    }

    fn name(self) -> (&'static str, i64) {
        match self {
            List::Members => ("members", 0),
            List::PenpalsOf(owner) => ("penpals", owner.key()),
            List::MutualOf(owner) => ("mutual", owner.key()),
            List::On(list) => ("list", list.key()),
            List::Sent => ("sent", 0),
            List::Received => ("received", 0),
            List::Blocks => ("blocks", 0),
            List::Found(asked) => ("found", asked),
            List::Conversations(folder) => ("conversations", folder),
            List::Messages(conversation) => ("messages", conversation.key()),
            List::FoundMessages(asked) => ("found messages", asked),
            List::Arrivals => ("arrivals", 0),
            List::Changes => ("changes", 0),
            List::Notices => ("notices", 0),
            List::Noticed => ("noticed", 0),
            List::Wall(owner) => ("wall", owner.key()),
            List::Comments(post) => ("comments", post.key()),
            List::Feed => ("feed", 0),
            List::OwnPosts => ("own posts", 0),
            List::OwnComments => ("own comments", 0),
            List::PhotosOf(owner) => ("photos", owner.key()),
            List::PhotosIn(album) => ("photos in", album.key()),
            List::AlbumsOf(owner) => ("albums", owner.key()),
        }
    }

    fn context(self, viewer: Viewer) -> Vec<u8> {
        let (name, owner) = self.name();
        let mut context = name.as_bytes().to_vec();
        context.extend_from_slice(&owner.to_be_bytes());
        context.extend_from_slice(&viewer.key().to_be_bytes());
        context
    }

    pub(super) fn seal(self, sealer: &Sealer, viewer: Viewer, place: Place) -> String {
        let mut plain = [0; 16];
        plain[..8].copy_from_slice(&place.at.to_be_bytes());
        plain[8..].copy_from_slice(&place.id.to_be_bytes());
        sealer.seal("cursor", &self.context(viewer), &plain)
    }

    pub(super) fn open(self, sealer: &Sealer, viewer: Viewer, cursor: &str) -> Option<Place> {
        let plain = sealer.open("cursor", &self.context(viewer), cursor)?;
        let (at, id) = plain.split_at_checked(8)?;
        Some(Place {
            at: i64::from_be_bytes(at.try_into().ok()?),
            id: i64::from_be_bytes(id.try_into().ok()?),
        })
    }

    /// Reads the arguments of a connection.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] when `first` is out of bounds or `after` is not a cursor of this list.
    pub fn window(
        self,
        request: &Request,
        first: i32,
        after: Option<&str>,
    ) -> Result<Window, Error> {
        if !(1..=LARGEST_PAGE).contains(&first) {
            return Err(Error::BadInput("`first` is from 1 to 100."));
        }
        let after = after
            .map(|cursor| {
                self.open(&request.services().sealer, request.viewer(), cursor)
                    .ok_or(Error::BadInput(
                        "`after` is not a cursor that this list gave you.",
                    ))
            })
            .transpose()?;
        Ok(Window {
            first: usize::try_from(first).unwrap_or_default(),
            after,
        })
    }
}

/// The arguments of a connection, read.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    first: usize,
    /// Where the last page ended.
    pub after: Option<Place>,
}

impl Window {
    /// How many places to read: one more than the page holds tells whether there is a next one.
    pub fn limit(self) -> i64 {
        i64::try_from(self.first).unwrap_or_default() + 1
    }
}

/// A place in a list, sealed where it is asked for: most pages are asked for their last cursor alone.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    list: List,
    place: Place,
}

impl Cursor {
    /// A place in a list.
    pub const fn new(list: List, place: Place) -> Self {
        Self { list, place }
    }
}

impl OutputType for Cursor {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        let request = Request::of(ctx);
        let sealer = &request.services().sealer;
        let sealed = self.list.seal(sealer, request.viewer(), self.place);
        Ok(Value::String(sealed))
    }
}

/// One thing in a list, and its place.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: Listed> {
    /// The thing.
    node: T,
    /// Its place, to go on after it.
    cursor: Cursor,
}

/// A page of a list.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Connection<T: Listed> {
    /// The things on the page, each with its place.
    edges: Vec<Edge<T>>,
    /// Where the page stands in the list.
    page_info: PageInfo,
}

/// Where a page stands in its list.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct PageInfo {
    /// Whether the list goes on after the page.
    has_next_page: bool,
    /// Whether the page was asked for after some place.
    has_previous_page: bool,
    /// The first cursor of the page.
    start_cursor: Option<Cursor>,
    /// The last cursor of the page.
    end_cursor: Option<Cursor>,
}

impl PageInfo {
    /// Of a page with these cursors, of which it is known whether the list goes on, either way.
    pub fn known(
        (previous, next): (bool, bool),
        cursors: impl Iterator<Item = Cursor> + Clone,
    ) -> Self {
        Self {
            has_next_page: next,
            has_previous_page: previous,
            start_cursor: cursors.clone().next(),
            end_cursor: cursors.last(),
        }
    }

    /// Of a page with these cursors, for which so many rows were read.
    pub fn of(window: Window, read: usize, cursors: impl Iterator<Item = Cursor> + Clone) -> Self {
        Self {
            has_next_page: read > window.first,
            has_previous_page: window.after.is_some(),
            start_cursor: cursors.clone().next(),
            end_cursor: cursors.last(),
        }
    }
}

/// What a list of a node's type is called.
pub trait Listed: OutputType {
    /// The name of its connection.
    const CONNECTION: &'static str;
    /// The name of its edge.
    const EDGE: &'static str;
}

impl<T: Listed> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        T::EDGE.into()
    }
}

impl<T: Listed> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        T::CONNECTION.into()
    }
}

impl<T: Listed> Connection<T> {
    /// A page from what was read: `read` is how many rows came for the window's limit, `nodes` those of
    /// them that the viewer was still allowed to meet when they were looked at again.
    pub fn new(
        list: List,
        window: Window,
        read: usize,
        nodes: impl IntoIterator<Item = (Place, T)>,
    ) -> Self {
        let edges: Vec<Edge<T>> = nodes
            .into_iter()
            .map(|(place, node)| Edge {
                node,
                cursor: Cursor { list, place },
            })
            .collect();
        let page_info = PageInfo::of(window, read, edges.iter().map(|edge| edge.cursor));
        Self { edges, page_info }
    }
}

impl<T: Listed> Connection<T> {
    /// A page of which it is known whether the list goes on, either way.
    pub fn known(list: List, goes_on: (bool, bool), nodes: Vec<(Place, T)>) -> Self {
        let edge = |(place, node)| Edge {
            node,
            cursor: Cursor { list, place },
        };
        let edges: Vec<Edge<T>> = nodes.into_iter().map(edge).collect();
        let page_info = PageInfo::known(goes_on, edges.iter().map(|edge| edge.cursor));
        Self { edges, page_info }
    }
}

impl Window {
    /// How many things the page holds at most.
    pub fn size(self) -> usize {
        self.first
    }

    /// The rows that belong on the page.
    pub fn page<T>(self, rows: &[T]) -> &[T] {
        &rows[..rows.len().min(self.first)]
    }
}

/// A page of somebody's penpals.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct PenpalConnection {
    /// The penpals on the page, each with its place.
    pub(super) edges: Vec<Edge<super::members::Member>>,
    /// Where the page stands in the list.
    pub(super) page_info: PageInfo,
    #[graphql(skip)]
    owner: Met,
    #[graphql(skip)]
    field: Field,
    /// Where it was counted with the page.
    #[graphql(skip)]
    total: Option<i64>,
}

#[ComplexObject]
impl PenpalConnection {
    /// How many of the penpals the viewer may know of.
    async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> Sight<i64> {
        if let Some(total) = self.total {
            return Some(Ok(total));
        }
        sight(
            guard::penpal_count(ctx, &self.owner, self.field)
                .await
                // A hidden list counts as an empty one.
                .map(|count| Some(count.unwrap_or_default())),
        )
    }
}

impl PenpalConnection {
    /// A page of the penpals of `owner`, or of those in common, as `field` says.
    pub fn new(
        page: Connection<super::members::Member>,
        owner: Met,
        field: Field,
        total: Option<i64>,
    ) -> Self {
        Self {
            edges: page.edges,
            page_info: page.page_info,
            owner,
            field,
            total,
        }
    }
}

#[cfg(test)]
mod tests;

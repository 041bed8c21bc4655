//! What one level of an answer reads, together: statements that do not wait for one another go over one
//! connection, to a server in one piece, and on a file one after another on one thread.

use diesel_async::AsyncPgConnection;
use futures_util::future::{join, join_all, join4};

use super::{
    Error, Store,
    conn::{Link, Sqlite},
    content::{self, ContentLoaded, ContentRow, Contents},
    error::Cause,
    facts::{self, FactsLoaded, FactsRow},
    penpals::{
        self, ByOwner, CountLoaded, CountRow, PageLoaded, PageRow, PenpalPage, PenpalWindow,
    },
    photos::{
        self, AlbumPage, AlbumWindow, AlbumsLoaded, AlbumsRow, PhotoPage, PhotoWindow,
        PhotosLoaded, PhotosRow,
    },
    statement::{Dialect, Statement},
};
use crate::domain::{age::Today, id::MemberId};
use crate::privacy::{Case, Depth, FieldPermit, Gallery, Grants};
use crate::viewer::who::Viewer;

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub struct Level {
    /// Members about whom facts are wanted.
    pub members: Vec<MemberId>,
    /// How far those facts are to go.
    pub depth: Depth,
    /// What may be read of members.
    pub grants: Vec<Grants>,
    /// Pages of penpals: for each window, whose.
    pub pages: Vec<(PenpalWindow, Vec<FieldPermit>)>,
    /// Counts of penpals: for each field, whose.
    pub counts: Vec<Vec<FieldPermit>>,
    /// Photos: for each window, whose.
    pub photos: Vec<(PhotoWindow, Vec<Gallery>)>,
    /// Albums: for each window, whose.
    pub albums: Vec<(AlbumWindow, Vec<Gallery>)>,
}

/// What was read, each part by itself, in the order in which it was wanted.
pub struct Found {
    /// The case of each member who has a row; nothing where no facts were wanted.
    pub cases: Result<Vec<Case>, Error>,
    /// By member and versions.
    pub contents: Result<Contents, Error>,
    /// By owner and versions, for each window.
    pub pages: Vec<Result<ByOwner<PenpalPage>, Error>>,
    /// By owner and versions, for each field.
    pub counts: Vec<Result<ByOwner<i64>, Error>>,
    /// By owner and versions, for each window.
    pub photos: Vec<Result<ByOwner<PhotoPage>, Error>>,
    /// By owner and versions, for each window.
    pub albums: Vec<Result<ByOwner<AlbumPage>, Error>>,
}

/// A statement that may not be there, because nothing was asked, or not possible.
type Asked<Row> = Result<Option<Statement<Row>>, Error>;
type Rows<T> = Result<Vec<T>, Error>;

struct Statements {
    facts: Asked<FactsRow>,
    contents: Asked<ContentRow>,
    pages: Vec<Asked<PageRow>>,
    counts: Vec<Asked<CountRow>>,
    photos: Vec<Asked<PhotosRow>>,
    albums: Vec<Asked<AlbumsRow>>,
}

struct Loaded {
    facts: Rows<FactsLoaded>,
    contents: Rows<ContentLoaded>,
    pages: Vec<Rows<PageLoaded>>,
    counts: Vec<Rows<CountLoaded>>,
    photos: Vec<Rows<PhotosLoaded>>,
    albums: Vec<Rows<AlbumsLoaded>>,
}

impl Store {
    /// Reads a level of an answer for `viewer`, with ages as of `today`: at most one statement for facts,
    /// one for content, and one for each window and each counted field.
    pub async fn level(&self, viewer: Viewer, today: Today, level: &Level) -> Found {
        let loaded = match self.load_level(viewer, today, level).await {
            Ok(loaded) => loaded,
            Err(error) => return Found::failed(level, &error),
        };
        let pages = loaded.pages.into_iter().zip(&level.pages);
        Found {
            cases: loaded.facts.map(|rows| {
                let rows = rows.into_iter();
                rows.map(|row| facts::case(viewer, level.depth, row))
                    .collect()
            }),
            contents: loaded
                .contents
                .map(|rows| content::contents(&self.keys, rows)),
            pages: pages
                .map(|(rows, (window, _))| rows.map(|rows| penpals::pages(viewer, *window, rows)))
                .collect(),
            counts: loaded
                .counts
                .into_iter()
                .map(|rows| rows.map(penpals::counts))
                .collect(),
            photos: loaded
                .photos
                .into_iter()
                .map(|rows| rows.map(photos::photo_pages))
                .collect(),
            albums: loaded
                .albums
                .into_iter()
                .map(|rows| rows.map(photos::album_pages))
                .collect(),
        }
    }

    async fn load_level(
        &self,
        viewer: Viewer,
        today: Today,
        level: &Level,
    ) -> Result<Loaded, Error> {
        let mut conn = self.conn().await?;
        let statements = self.statements(conn.dialect(), viewer, today, level);
        // A future that is dropped midway leaves answers that nobody has read.
        conn.begun();
        let loaded = match &mut conn.link {
            Link::Sqlite(Some(sqlite)) => on_file(sqlite.get_mut(), statements).await?,
            Link::Postgres(Some(postgres)) => on_server(postgres, statements).await,
            _ => {
                return Err(Error::Broken(Cause::new(
                    "a connection was used after its end",
                )));
            }
        };
        conn.ended();
        Ok(loaded)
    }

    fn statements(
        &self,
        dialect: Dialect,
        viewer: Viewer,
        today: Today,
        level: &Level,
    ) -> Statements {
        let facts = || facts::statement(dialect, today, viewer, &level.members, level.depth);
        let contents = || content::statement(dialect, &self.shapes, today, viewer, &level.grants);
        Statements {
            facts: Ok((!level.members.is_empty()).then(facts)),
            contents: (!level.grants.is_empty()).then(contents).transpose(),
            pages: level
                .pages
                .iter()
                .map(|(window, permits)| {
                    penpals::page_statement(dialect, today, viewer, permits, *window).map(Some)
                })
                .collect(),
            counts: level
                .counts
                .iter()
                .map(|permits| penpals::count_statement(dialect, today, viewer, permits).map(Some))
                .collect(),
            photos: level
                .photos
                .iter()
                .map(|(window, galleries)| {
                    photos::photos_statement(dialect, viewer, galleries, *window).map(Some)
                })
                .collect(),
            albums: level
                .albums
                .iter()
                .map(|(window, galleries)| {
                    photos::albums_statement(dialect, viewer, galleries, *window).map(Some)
                })
                .collect(),
        }
    }
}

impl Found {
    /// The one failure to all.
    fn failed(level: &Level, error: &Error) -> Self {
        Self {
            cases: Err(error.clone()),
            contents: Err(error.clone()),
            pages: level.pages.iter().map(|_| Err(error.clone())).collect(),
            counts: level.counts.iter().map(|_| Err(error.clone())).collect(),
            photos: level.photos.iter().map(|_| Err(error.clone())).collect(),
            albums: level.albums.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

/// Reads with one statement, where there is one; `$load` is one of the two `RunQueryDsl`.
macro_rules! rows {
    ($statement:expr, $load:expr, $c:expr $(, $wait:tt)?) => {
        match $statement {
            Ok(Some(statement)) => $load(statement, $c)$(.$wait)?.map_err(Error::from),
            Ok(None) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    };
}

async fn on_server(shared: &AsyncPgConnection, statements: Statements) -> Loaded {
    use diesel_async::RunQueryDsl as Async;
    let facts = async { rows!(statements.facts, Async::load, &mut &*shared, await) };
    let contents = async { rows!(statements.contents, Async::load, &mut &*shared, await) };
    let pages = statements
        .pages
        .into_iter()
        .map(|page| async move { rows!(page, Async::load, &mut &*shared, await) });
    let counts = statements
        .counts
        .into_iter()
        .map(|count| async move { rows!(count, Async::load, &mut &*shared, await) });
    let photos = statements
        .photos
        .into_iter()
        .map(|photos| async move { rows!(photos, Async::load, &mut &*shared, await) });
    let albums = statements
        .albums
        .into_iter()
        .map(|albums| async move { rows!(albums, Async::load, &mut &*shared, await) });
    let lists = join(join_all(pages), join_all(counts));
    let galleries = join(join_all(photos), join_all(albums));
    let all = join4(facts, contents, lists, galleries).await;
    let (facts, contents, (pages, counts), (photos, albums)) = all;
    Loaded {
        facts,
        contents,
        pages,
        counts,
        photos,
        albums,
    }
}

async fn on_file(sqlite: &mut Sqlite, statements: Statements) -> Result<Loaded, Error> {
    use diesel::RunQueryDsl as Sync;
    let loaded = sqlite
        .spawn_blocking(|c| {
            let pages = statements.pages.into_iter();
            let counts = statements.counts.into_iter();
            let photos = statements.photos.into_iter();
            let albums = statements.albums.into_iter();
            Ok(Loaded {
                facts: rows!(statements.facts, Sync::load, c),
                contents: rows!(statements.contents, Sync::load, c),
                pages: pages.map(|page| rows!(page, Sync::load, c)).collect(),
                counts: counts.map(|count| rows!(count, Sync::load, c)).collect(),
                photos: photos.map(|photos| rows!(photos, Sync::load, c)).collect(),
                albums: albums.map(|albums| rows!(albums, Sync::load, c)).collect(),
            })
        })
        .await?;
    Ok(loaded)
}

//! Who may read what stands on a wall.
//!
//! Something on a wall has two members behind it: who wrote it, and whose wall it is. It is read by its author; else by
//! those alone for whom both exist, and of those by the wall's owner and by whomever its audience names (policy clause
//! C46). Where either of the two has blocked the other, it is shown to its author alone. A comment is read, besides, where its post is; and by the post's author, whatever the comment's audience says.

use super::{Case, Verdict, Versions, Wish, decide};
use crate::domain::{age::AgeClass, id::MemberId, wall::WallAudience};
use crate::viewer::who::Viewer;

/// What was found of something on a wall, and of the viewer's bond with the wall's owner, but for what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Posted {
    /// Its key.
    pub key: i64,
    /// Who wrote it.
    pub author: MemberId,
    /// For whom it is.
    pub audience: WallAudience,
    /// When its audience was chosen, in milliseconds since the Unix epoch.
    pub chosen_at: i64,
    /// Whether the viewer and the wall's owner are penpals, and were when its audience was chosen.
    pub since_then: bool,
    /// Whether its author or the wall's owner has blocked the other.
    pub severed: bool,
}

/// Something on a wall, with the post that it is a comment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    /// Itself.
    pub posted: Posted,
    /// Whose wall it is.
    pub wall: MemberId,
    /// The post that it is a comment on.
    pub parent: Option<Posted>,
}

/// Leave to read something on a wall, as the facts stood, for one viewer.
///
/// ```compile_fail,E0451
/// use letterlock::privacy::posts::{PostPermit, Written};
/// fn forge(permit: PostPermit, written: Written) -> PostPermit {
///     PostPermit { written, ..permit }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PostPermit {
    viewer: Viewer,
    written: Written,
    own: bool,
    /// Those that the decision saw: 0 where it did not depend on any.
    versions: PostVersions,
}

/// The settings versions that a decision on something on a wall saw; 0 where it did not depend on one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PostVersions {
    /// The author's.
    pub author: i64,
    /// The viewer's.
    pub viewer: i64,
    /// The wall's owner's.
    pub wall: i64,
    /// The author's of the post that it is a comment on.
    pub parent: i64,
}

fn exists(case: &Case) -> bool {
    decide(Wish::Meet, &case.known).allows()
}

/// Whether the viewer is the wall's owner, of whom the case is, or the audience names the viewer.
fn named(wall: &Case, posted: &Posted) -> bool {
    let pair = wall.known.pair;
    let within = match posted.audience {
        WallAudience::PenpalsNow => pair.penpals && posted.since_then,
        WallAudience::Penpals => pair.penpals,
        WallAudience::Members => wall.viewer != Viewer::Visitor,
        WallAudience::Public => true,
    };
    !posted.severed && (pair.same || within)
}

impl PostPermit {
    /// Asks for leave, by the cases of all who are behind it; who has no case does not exist.
    ///
    /// # Errors
    ///
    /// The verdict, when it denies.
    pub fn ask<'a>(
        written: Written,
        case: impl Fn(MemberId) -> Option<&'a Case>,
    ) -> Result<Self, Verdict> {
        let Written {
            posted,
            wall,
            parent,
        } = written;
        let deny = |sentence| Err(Verdict::Deny(sentence));
        let Some(author) = case(posted.author).filter(|case| exists(case)) else {
            return deny("who wrote it does not exist for the viewer");
        };
        let mut permit = Self {
            viewer: author.viewer,
            written,
            own: author.known.pair.same,
            versions: PostVersions {
                author: author.versions.owner,
                viewer: author.versions.viewer,
                ..PostVersions::default()
            },
        };
        if permit.own {
            return Ok(permit);
        }
        let Some(wall) = case(wall).filter(|case| exists(case)) else {
            return deny("whose wall it is does not exist for the viewer");
        };
        permit.versions.wall = wall.versions.owner;
        let mut of_post = false;
        if let Some(parent) = parent {
            let Some(author) = case(parent.author).filter(|case| exists(case)) else {
                return deny("who wrote the post does not exist for the viewer");
            };
            permit.versions.parent = author.versions.owner;
            of_post = author.known.pair.same;
            if !of_post && !named(wall, &parent) {
                return deny("the post's audience does not name the viewer");
            }
        }
        if of_post && !posted.severed || named(wall, &posted) {
            Ok(permit)
        } else {
            deny("its audience does not name the viewer")
        }
    }

    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// What it is leave to read.
    pub const fn written(&self) -> &Written {
        &self.written
    }

    /// Whether the viewer wrote it.
    pub const fn own(&self) -> bool {
        self.own
    }

    /// What the decision saw.
    pub const fn versions(&self) -> PostVersions {
        self.versions
    }
}

/// The widest audience that a member of this age can give what they write: what a visitor gets is adults' alone.
pub const fn widest(age: AgeClass) -> WallAudience {
    match age {
        AgeClass::Adult => WallAudience::Public,
        _ => WallAudience::Members,
    }
}

/// Leave to look at somebody's wall, or at what the viewer wrote or is shown: whoever is met has one. What stands there
/// is decided on one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WallPermit {
    viewer: Viewer,
    wall: MemberId,
    versions: Versions,
}

impl WallPermit {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// The verdict, when it denies.
    pub fn ask(case: &Case) -> Result<Self, Verdict> {
        match decide(Wish::Meet, &case.known) {
            Verdict::Allow(_) => Ok(Self {
                viewer: case.viewer,
                wall: case.subject,
                versions: case.versions,
            }),
            verdict => Err(verdict),
        }
    }

    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// Whose wall.
    pub const fn wall(&self) -> MemberId {
        self.wall
    }

    /// What the decision saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }
}

#[cfg(test)]
mod tests;

use super::*;
use crate::domain::{
    age::AgeClass, audience::Audience, findable::Findable, profile::Audiences, standing::Standing,
};
use crate::privacy::{Depth, Known, OwnerFacts, PairFacts, ViewerFacts};

const ME: MemberId = MemberId::from_key(1);
const WALL: MemberId = MemberId::from_key(2);
const AUTHOR: MemberId = MemberId::from_key(3);
const POSTER: MemberId = MemberId::from_key(4);

/// How somebody stands to the viewer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tie {
    Penpal,
    Stranger,
    Blocked,
    /// Has no row.
    Gone,
}

const TIES: [Tie; 4] = [Tie::Penpal, Tie::Stranger, Tie::Blocked, Tie::Gone];

fn case(viewer: Viewer, subject: MemberId, tie: Tie) -> Option<Case> {
    let (age, standing) = (AgeClass::Adult, Standing::Active);
    let me = viewer == Viewer::Member(subject);
    let pair = PairFacts {
        same: me,
        penpals: tie == Tie::Penpal && !me && viewer != Viewer::Visitor,
        blocked: tie == Tie::Blocked && !me,
        ..PairFacts::default()
    };
    let versions = Versions {
        owner: 10 + subject.key(),
        viewer: 11,
    };
    let known = Known {
        viewer: match viewer {
            Viewer::Visitor => ViewerFacts::Visitor,
            Viewer::Member(_) => ViewerFacts::Member { age, standing },
        },
        owner: OwnerFacts {
            age,
            standing,
            audiences: Audiences::all(Audience::Public),
            findable: Findable::all(Audience::OnlyMe),
        },
        pair,
    };
    (tie != Tie::Gone).then(|| Case::new(viewer, subject, versions, Depth::Seeing, known))
}

fn posted(author: MemberId, audience: WallAudience, since_then: bool, severed: bool) -> Posted {
    Posted {
        key: 7,
        author,
        audience,
        chosen_at: 5,
        since_then,
        severed,
    }
}

/// Who is behind something, and how they stand to the viewer.
#[derive(Clone, Copy, Debug)]
struct Scene {
    viewer: Viewer,
    wall: Tie,
    author: Tie,
    poster: Tie,
}

impl Scene {
    fn every() -> impl Iterator<Item = Self> {
        let viewers = [Viewer::Visitor, Viewer::Member(ME)];
        viewers.into_iter().flat_map(|viewer| {
            TIES.into_iter().flat_map(move |wall| {
                TIES.into_iter().flat_map(move |author| {
                    TIES.into_iter().map(move |poster| Self {
                        viewer,
                        wall,
                        author,
                        poster,
                    })
                })
            })
        })
    }

    fn ask(&self, written: Written) -> Result<PostPermit, Verdict> {
        let of = |id: MemberId| match id {
            WALL => self.wall,
            AUTHOR => self.author,
            POSTER => self.poster,
            _ => Tie::Stranger,
        };
        let all = [ME, WALL, AUTHOR, POSTER].map(|id| case(self.viewer, id, of(id)));
        PostPermit::ask(written, |id| {
            all.iter().flatten().find(|case| case.subject() == id)
        })
    }

    /// Whether somebody exists for the viewer. A visitor is blocked by nobody.
    fn there(&self, tie: Tie) -> bool {
        tie != Tie::Gone && tie != Tie::Blocked
    }

    /// "By whomever its audience names".
    fn named(&self, audience: WallAudience, since_then: bool) -> bool {
        let member = self.viewer != Viewer::Visitor;
        let penpal = member && self.wall == Tie::Penpal;
        match audience {
            WallAudience::PenpalsNow => penpal && since_then,
            WallAudience::Penpals => penpal,
            WallAudience::Members => member,
            WallAudience::Public => true,
        }
    }
}

const FLAGS: [bool; 2] = [false, true];

#[test]
fn a_post_is_read_by_whom_its_audience_names_and_nobody_else() {
    for scene in Scene::every() {
        for audience in WallAudience::ALL {
            for (since, severed) in FLAGS
                .into_iter()
                .flat_map(|it| FLAGS.map(|other| (it, other)))
            {
                let written = Written {
                    posted: posted(AUTHOR, audience, since, severed),
                    wall: WALL,
                    parent: None,
                };
                let read = scene.there(scene.author)
                    && scene.there(scene.wall)
                    && !severed
                    && scene.named(audience, since);
                assert_eq!(scene.ask(written).is_ok(), read, "{scene:?} {written:?}");
            }
        }
    }
}

#[test]
fn what_one_wrote_and_what_stands_on_one_s_own_wall_is_read() {
    for scene in Scene::every().filter(|scene| scene.viewer != Viewer::Visitor) {
        for audience in WallAudience::ALL {
            for severed in FLAGS {
                // What one wrote, whoever's wall it is.
                let mine = Written {
                    posted: posted(ME, audience, false, severed),
                    wall: WALL,
                    parent: Some(posted(POSTER, audience, false, severed)),
                };
                let permit = scene.ask(mine).unwrap();
                assert!(permit.own());
                assert_eq!(
                    permit.versions(),
                    PostVersions {
                        author: 11,
                        viewer: 11,
                        wall: 0,
                        parent: 0
                    }
                );
                // What others wrote on one's own.
                let here = Written {
                    posted: posted(AUTHOR, audience, false, severed),
                    wall: ME,
                    parent: None,
                };
                let read = scene.there(scene.author) && !severed;
                assert_eq!(scene.ask(here).is_ok(), read, "{scene:?}");
                // A comment on what one posted oneself.
                let on_mine = Written {
                    posted: posted(AUTHOR, audience, false, severed),
                    wall: WALL,
                    parent: Some(posted(ME, WallAudience::PenpalsNow, false, false)),
                };
                let read = read && scene.there(scene.wall);
                assert_eq!(scene.ask(on_mine).is_ok(), read, "{scene:?} {audience:?}");
            }
        }
    }
}

#[test]
fn a_comment_is_read_where_its_post_is() {
    for scene in Scene::every() {
        for (audience, above) in WallAudience::ALL
            .into_iter()
            .flat_map(|it| WallAudience::ALL.map(|other| (it, other)))
        {
            for severed in [(false, false), (true, false), (false, true)] {
                let written = Written {
                    posted: posted(AUTHOR, audience, true, severed.0),
                    wall: WALL,
                    parent: Some(posted(POSTER, above, false, severed.1)),
                };
                let there = [scene.author, scene.wall, scene.poster];
                let read = there.into_iter().all(|it| scene.there(it))
                    && severed == (false, false)
                    && scene.named(audience, true)
                    && scene.named(above, false);
                let asked = scene.ask(written);
                assert_eq!(asked.is_ok(), read, "{scene:?} {written:?}");
                if let Ok(permit) = asked {
                    assert!(!permit.own());
                    assert_eq!(
                        permit.versions(),
                        PostVersions {
                            author: 13,
                            viewer: 11,
                            wall: 12,
                            parent: 14
                        }
                    );
                    assert_eq!(
                        (permit.viewer(), *permit.written()),
                        (scene.viewer, written)
                    );
                }
            }
        }
    }
}

#[test]
fn whoever_exists_has_a_wall() {
    for tie in TIES {
        for viewer in [Viewer::Visitor, Viewer::Member(ME)] {
            let permit = case(viewer, WALL, tie).and_then(|case| WallPermit::ask(&case).ok());
            assert_eq!(
                permit.is_some(),
                tie == Tie::Penpal || tie == Tie::Stranger,
                "{tie:?}"
            );
            if let Some(permit) = permit {
                assert_eq!((permit.viewer(), permit.wall()), (viewer, WALL));
                let versions = Versions {
                    owner: 12,
                    viewer: 11,
                };
                assert_eq!(permit.versions(), versions);
            }
        }
    }
}

#[test]
fn a_teen_is_not_read_by_visitors() {
    assert_eq!(widest(AgeClass::Adult), WallAudience::Public);
    for age in [AgeClass::Teen, AgeClass::Child, AgeClass::Unknown] {
        assert_eq!(widest(age), WallAudience::Members);
    }
}

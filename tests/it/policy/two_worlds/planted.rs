//! Leaks that are planted, and rules that are taken out, for the proof that each of them is found.

use letterlock::store::proof::{BOUND, plant};

use super::writer::{Focus, Scope};

/// What stands in a statement, and what is sent in its place. `?` stands for a bound value.
pub(super) struct Planted {
    pub(super) name: &'static str,
    /// Where it would show.
    pub(super) focus: Focus,
    /// Only statements that hold this.
    within: &'static str,
    from: &'static str,
    to: &'static str,
}

impl Planted {
    /// From now on this thread's statements leak so.
    pub(super) fn plant(&'static self) {
        let bound = |text: &str| text.replace('?', &BOUND.to_string());
        let (within, from, to) = (bound(self.within), bound(self.from), bound(self.to));
        plant(move |sql| {
            if sql.contains(&within) {
                sql.replace(&from, &to)
            } else {
                sql.to_owned()
            }
        });
    }
}

pub(super) const ANYWHERE: Focus = Focus {
    roots: &[
        "member",
        "memberByHandle",
        "memberByEmail",
        "node",
        "nodes",
        "members",
        "searchMembers",
    ],
    below: &[],
    scope: Scope::All,
};
const LISTED: Focus = Focus {
    roots: &["members"],
    below: &["edges", "node", "id"],
    scope: Scope::Questions,
};
const BELOW: Focus = Focus {
    roots: &["member", "memberByHandle", "nodes", "members"],
    below: &[
        "penpals",
        "mutualPenpals",
        "totalCount",
        "edges",
        "node",
        "id",
    ],
    scope: Scope::Questions,
};

const FOUND: Focus = Focus {
    roots: &["searchMembers"],
    below: &[
        "edges",
        "node",
        "id",
        "match",
        "score",
        "totalCount",
        "value",
        "facets",
        "countries",
        "count",
    ],
    scope: Scope::Questions,
};

const MAIL: Focus = Focus {
    roots: &["me", "conversationWith", "nodes"],
    below: &[
        "conversations",
        "edges",
        "node",
        "id",
        "messages",
        "text",
        "readAt",
        "draft",
    ],
    scope: Scope::Questions,
};

const WALLS: Focus = Focus {
    roots: &["member", "me", "nodes"],
    below: &[
        "wall",
        "feed",
        "edges",
        "node",
        "id",
        "comments",
        "commentCount",
        "pageInfo",
        "hasNextPage",
        "endCursor",
    ],
    scope: Scope::Questions,
};

/// Walls and nothing else: their pages are short, and few of their posts are hidden alone.
const WALL: Focus = Focus {
    roots: &["member"],
    below: &["wall", "edges", "node", "id"],
    scope: Scope::Questions,
};

const GALLERY: Focus = Focus {
    roots: &["member", "memberByHandle", "nodes"],
    below: &[
        "photos",
        "albums",
        "profilePhoto",
        "edges",
        "node",
        "id",
        "pageInfo",
        "hasNextPage",
    ],
    scope: Scope::Questions,
};

const TOLD: Focus = Focus {
    roots: &["me"],
    below: &[
        "notices",
        "unreadNoticeCount",
        "edges",
        "node",
        "id",
        "pageInfo",
        "hasNextPage",
    ],
    scope: Scope::Questions,
};

const HEARD: Focus = Focus {
    roots: &[],
    below: &["conversation", "message", "cursor", "unreadCount"],
    scope: Scope::Events,
};

const POSTS: &str = " ORDER BY p.written_at";
const SIDES: &str = "FROM conversation_sides d LEFT JOIN standings w";
const PHOTOS: &str = " JOIN photos p ON ";
const ENTRIES: &str = "JOIN conversation_sides d ON d.member_id = e.member_id";
const SEARCH: &str = "search_entries e";
const PAGE: &str = "row_number()";
const MEMBERS: &str = " ORDER BY s.member_id LIMIT ";

/// The leaks of systems like this one: an edit of each statement that holds the text.
pub(super) const LEAKS: [Planted; 29] = [
    Planted {
        name: "a photo is shown whose album is not",
        focus: GALLERY,
        within: PHOTOS,
        from: " AND NOT EXISTS (SELECT 1 FROM albums a WHERE a.id = p.album_id AND (k.mask >> a.audience) & 1 = 0)",
        to: "",
    },
    Planted {
        name: "a page of photos has room for what is hidden",
        focus: GALLERY,
        within: PHOTOS,
        from: "row_number() OVER (PARTITION BY p.owner_id",
        to: "(SELECT count(*) FROM photos z WHERE z.owner_id = p.owner_id AND z.created_at > p.created_at \
             AND (k.mask >> z.audience) & 1 = 0) + row_number() OVER (PARTITION BY p.owner_id",
    },
    Planted {
        name: "an album is shown to whomever its owner exists for",
        focus: GALLERY,
        within: " JOIN albums p ON ",
        from: "p.owner_id = k.id AND (k.mask >> p.audience) & 1 = 1",
        to: "p.owner_id = k.id",
    },
    Planted {
        name: "comments are counted for whomever they are",
        focus: WALLS,
        within: "SELECT p.parent_id, count(*)",
        from: "SELECT p.parent_id, count(*)",
        to: "SELECT p.parent_id, (SELECT count(*) FROM posts z WHERE z.parent_id = p.parent_id)",
    },
    Planted {
        name: "a page of a wall ends where what is hidden does",
        focus: WALL,
        within: POSTS,
        from: "p.audience >= 3",
        to: "p.audience >= 2",
    },
    Planted {
        name: "a wall has room for what was not for who is a penpal by now",
        focus: WALLS,
        within: POSTS,
        from: "(x.since_at <= p.chosen_at OR p.audience = 2)",
        to: "TRUE",
    },
    Planted {
        name: "a wall has room for what its owner has blocked",
        focus: WALL,
        within: POSTS,
        from: " AND NOT (EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = p.author_id AND x.blocked_id = p.wall_id) OR ",
        to: " AND (TRUE OR ",
    },
    Planted {
        name: "what somebody did who does not exist is counted among what is unread",
        focus: TOLD,
        within: "SELECT count(*) FROM notices n",
        from: "(n.sender_id IS NULL OR ",
        to: "(TRUE OR ",
    },
    Planted {
        name: "a page of notices has room for what is not for the viewer",
        focus: TOLD,
        within: " ORDER BY n.seq DESC",
        from: "n.post_id IS NOT NULL AND EXISTS",
        to: "n.post_id IS NOT NULL OR EXISTS",
    },
    Planted {
        name: "a notice comes of somebody who does not exist",
        focus: HEARD,
        within: " ORDER BY n.seq LIMIT",
        from: "(n.sender_id IS NULL OR ",
        to: "(TRUE OR ",
    },
    Planted {
        name: "a list is filtered by a field whoever may see it",
        focus: LISTED,
        within: MEMBERS,
        from: MEMBERS,
        to: " AND EXISTS (SELECT 1 FROM profiles z WHERE z.member_id = s.member_id AND z.city <> 'Quito') \
             ORDER BY s.member_id LIMIT ",
    },
    Planted {
        name: "a list of penpals is filtered by a field whoever may see it",
        focus: BELOW,
        within: PAGE,
        from: "WHERE TRUE",
        // Two thousand minutes before noon of 15 June 2026: half of them were here since.
        to: "WHERE EXISTS (SELECT 1 FROM presences z WHERE z.member_id = s.member_id \
             AND z.last_seen_at > 1781404800000)",
    },
    Planted {
        name: "a count counts the blocked",
        focus: BELOW,
        within: PAGE,
        from: "count(*) OVER (PARTITION BY f.owner)",
        to: "count(*) OVER (PARTITION BY f.owner) \
             + (SELECT count(*) FROM f z WHERE z.owner = f.owner AND z.blocked)",
    },
    Planted {
        name: "a list is ordered by a field whoever may see it",
        focus: BELOW,
        within: PAGE,
        from: "ORDER BY f.since_at DESC",
        to: "ORDER BY (SELECT z.last_seen_at FROM presences z WHERE z.member_id = f.member_id) DESC",
    },
    Planted {
        name: "a refused act tells that it was a block",
        focus: ANYWHERE,
        within: "r.declined_at IS NULL",
        from: " AS blocked",
        to: " AND FALSE AS blocked",
    },
    Planted {
        name: "an error tells that it was a block",
        focus: ANYWHERE,
        within: "FALSE AS asked_me",
        from: "EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = s.member_id AND b.blocker_id = ?) \
               OR EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = s.member_id AND b.blocked_id = ?) \
               AS blocked",
        to: "NULLIF(EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = s.member_id AND b.blocker_id = ?) \
             OR EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = s.member_id AND b.blocked_id = ?), TRUE) \
             AS blocked",
    },
    Planted {
        name: "a cursor holds what the viewer may not know",
        focus: BELOW,
        within: PAGE,
        from: "r.since_at, r.total",
        to: "r.since_at + (SELECT count(*) FROM blocks z WHERE z.blocked_id = r.member_id), r.total",
    },
    Planted {
        name: "a search filters by a field whoever may see it",
        focus: FOUND,
        within: SEARCH,
        from: "substr(f.audiences, 6, 1) >= '3'",
        to: "substr(f.audiences, 6, 1) >= '0'",
    },
    Planted {
        name: "a search counts the blocked",
        focus: FOUND,
        within: SEARCH,
        from: "AND NOT f.blocked ",
        to: "",
    },
    Planted {
        name: "a search is in an order that is hidden",
        focus: FOUND,
        within: SEARCH,
        from: "ORDER BY h.at DESC",
        to: "ORDER BY (SELECT z.last_seen_at FROM presences z WHERE z.member_id = h.member_id) DESC",
    },
    Planted {
        name: "a facet counts who does not show it",
        focus: FOUND,
        within: SEARCH,
        from: "AND m.shows0 ",
        to: "",
    },
    Planted {
        name: "points are given for what is hidden",
        focus: FOUND,
        within: SEARCH,
        from: "substr(f.audiences, 8, 1) >= '3'",
        to: "substr(f.audiences, 8, 1) >= '0'",
    },
    Planted {
        name: "a search finds who cannot be found",
        focus: FOUND,
        within: SEARCH,
        from: "(substr(f.findable, 1, 1) >= '3' OR ",
        to: "(substr(f.findable, 1, 1) >= '0' OR ",
    },
    Planted {
        name: "a conversation is there in which nothing arrived",
        focus: MAIL,
        within: SIDES,
        from: "d.state <> 0 AND ",
        to: "",
    },
    Planted {
        name: "what the other is writing shows",
        focus: MAIL,
        within: SIDES,
        from: "d.draft, ",
        to: "(SELECT z.draft FROM conversation_sides z WHERE z.conversation_id = d.conversation_id \
             AND z.member_id <> d.member_id), ",
    },
    Planted {
        name: "what was read is told without leave",
        focus: MAIL,
        within: ENTRIES,
        from: "CASE WHEN e.mine THEN m.read_at END",
        to: "CASE WHEN e.mine THEN coalesce(m.read_at, (SELECT z.read_seq FROM conversation_sides z \
             WHERE z.conversation_id = e.conversation_id AND z.member_id <> e.member_id AND z.read_seq > 0)) END",
    },
    Planted {
        name: "what somebody wrote who is frozen shows",
        focus: MAIL,
        within: ENTRIES,
        from: "(e.mine OR coalesce(w.standing, 0) <> 1)",
        to: "TRUE",
    },
    Planted {
        name: "an event tells how far the other has come",
        focus: HEARD,
        within: "AND d.changed_seq > ",
        from: "d.changed_seq, ",
        to: "d.changed_seq + (SELECT 1000 * coalesce(max(z.read_seq), 0) FROM conversation_sides z \
             WHERE z.conversation_id = d.conversation_id AND z.member_id <> d.member_id), ",
    },
    Planted {
        name: "an event comes of somebody who shows not when they were here",
        focus: HEARD,
        within: "SELECT s.member_id",
        from: "s.audiences",
        to: "'3333333333333333333333'",
    },
];

/// Conditions of `store::visible`, of who exists and what is shown; those of who is found are among [`LEAKS`].
pub(super) const CONDITIONS: [Planted; 12] = [
    Planted {
        name: "members: who takes part",
        focus: LISTED,
        within: MEMBERS,
        from: "(s.standing = 0 AND v.standing = 0 AND ",
        to: "(v.standing = 0 AND ",
    },
    Planted {
        name: "members: to whom who is in doubt",
        focus: LISTED,
        within: MEMBERS,
        from: "AND v.standing = 0 AND ",
        to: "AND ",
    },
    Planted {
        name: "members: children",
        focus: LISTED,
        within: MEMBERS,
        from: "AND s.turns_13_on <= ? ",
        to: "AND ? IS NOT NULL ",
    },
    Planted {
        name: "members: whom the viewer has blocked",
        focus: LISTED,
        within: MEMBERS,
        from: "AND NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocked_id = s.member_id AND x.blocker_id = ?)",
        to: "AND ? IS NOT NULL",
    },
    Planted {
        name: "members: who has blocked the viewer",
        focus: LISTED,
        within: MEMBERS,
        from: "AND NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = s.member_id AND x.blocked_id = ?)",
        to: "AND ? IS NOT NULL",
    },
    Planted {
        name: "members: adults and teens",
        focus: LISTED,
        within: MEMBERS,
        from: "(s.turns_18_on <= ?) = (v.turns_18_on <= ?)",
        to: "(? IS NOT NULL AND ? IS NOT NULL)",
    },
    Planted {
        name: "members: who shows nothing to visitors",
        focus: LISTED,
        within: MEMBERS,
        from: "s.audiences LIKE '%4%'",
        to: "TRUE",
    },
    Planted {
        name: "penpals: who takes part",
        focus: BELOW,
        within: PAGE,
        from: "(f.standing = 0 AND ",
        to: "(",
    },
    Planted {
        name: "penpals: the blocked",
        focus: BELOW,
        within: PAGE,
        from: "AND NOT f.blocked ",
        to: "",
    },
    Planted {
        name: "penpals: adults and teens",
        focus: BELOW,
        within: PAGE,
        from: "f.eighteen = f.my_eighteen",
        to: "TRUE",
    },
    Planted {
        name: "penpals: who shows theirs",
        focus: BELOW,
        within: PAGE,
        from: "1) >= '3' OR ",
        to: "1) >= '0' OR ",
    },
    Planted {
        name: "penpals: the excepted",
        focus: BELOW,
        within: PAGE,
        from: " AND NOT ((coalesce(f.named, 0) >> 52) & 1 = 1)",
        to: "",
    },
];

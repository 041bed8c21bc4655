//! What the people of a world have written on walls: their own, and their penpals'.

use super::{draw::Draw, tables::tables};
use crate::domain::wall::WallAudience;

/// A post on a wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallPost {
    /// Whose wall it is, as an index into the people.
    pub wall: usize,
    /// What stands there.
    pub said: Said,
    /// Comments on it, in their order.
    pub comments: Vec<Said>,
}

/// What somebody wrote on a wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who, as an index into the people.
    pub author: usize,
    /// When, in minutes before the moment of filling the database.
    pub minutes_ago: u32,
    /// What it says, in English.
    pub text: String,
    /// For whom.
    pub audience: WallAudience,
    /// What it said before, where it was edited an hour after.
    pub before: Option<String>,
}

/// The most comments on a post.
const MOST: u32 = 3;

/// Posts on the wall of `one`, by them and by those who have been their penpals for so many days; for `adult`s, a few are
/// for everybody.
pub(super) fn posts(
    draw: &mut Draw,
    one: usize,
    penpals: &[(usize, u16)],
    adult: bool,
    many: usize,
) -> Vec<WallPost> {
    let mut all = Vec::with_capacity(many);
    for nth in 0..many {
        // Three of ten by others, where there are any.
        let guest = draw.pick(penpals).copied().filter(|_| nth % 10 >= 7);
        let (author, days) = guest.unwrap_or((one, 200));
        let minutes = draw.between(1, u32::from(days).min(200) * 24 * 60 + 1);
        let said = say(draw, author, minutes, &["news", "ask"], adult);
        let mut comments: Vec<Said> = (0..draw.between(0, MOST))
            .filter_map(|_| {
                let (friend, _) = draw.pick(penpals).copied()?;
                let by = if draw.chance(30) { one } else { friend };
                let at = draw.between(0, minutes);
                Some(say(draw, by, at, &["answer", "ask"], adult))
            })
            .collect();
        comments.sort_by_key(|it| std::cmp::Reverse(it.minutes_ago));
        all.push(WallPost {
            wall: one,
            said,
            comments,
        });
    }
    all
}

fn say(draw: &mut Draw, author: usize, minutes_ago: u32, kinds: &[&str], adult: bool) -> Said {
    let audience = match draw.below(10) {
        0 => WallAudience::PenpalsNow,
        1..6 => WallAudience::Penpals,
        6..9 => WallAudience::Members,
        _ if adult => WallAudience::Public,
        _ => WallAudience::Members,
    };
    let text = |draw: &mut Draw| {
        let sentences: Vec<&str> = kinds.iter().map(|kind| plain(draw, kind)).collect();
        sentences.join(" ")
    };
    Said {
        author,
        minutes_ago,
        text: text(draw),
        audience,
        before: (minutes_ago > 60 && draw.chance(10)).then(|| text(draw)),
    }
}

/// A sentence that anybody might write.
pub(super) fn plain(draw: &mut Draw, kind: &str) -> &'static str {
    let phrases = tables().phrases.get(kind).map_or(&[][..], Vec::as_slice);
    // The first ones are for all ages.
    let phrases = phrases.iter().take_while(|it| it.min_age <= 13);
    let phrases: Vec<_> = phrases.collect();
    draw.pick(&phrases).map_or("Hello!", |it| it.text)
}

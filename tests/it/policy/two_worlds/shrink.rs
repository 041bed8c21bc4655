//! From two worlds and an operation that differ to the smallest that still do.

use std::fmt::Write;

use super::{
    gallery::Gallery,
    operation::{Kind, Operation},
    pair::{Twins, Worlds},
    prose::{sight, verdicts},
    world::{Profile, World},
};

/// How often the two are asked at most.
const PATIENCE: usize = 400;

/// What differs, and where.
pub(super) struct Found {
    pub(super) worlds: Worlds,
    pub(super) operation: Operation,
    pub(super) difference: String,
}

impl Worlds {
    /// Whether the relation holds: the viewer may not see in what the two differ.
    pub(super) fn alike(&self) -> bool {
        let (first, second, viewer) = (&self.first, &self.second, self.viewer);
        sight(first, viewer) == sight(second, viewer)
            && (!self.strictly || verdicts(first, viewer) == verdicts(second, viewer))
    }

    /// Every pair of worlds that is this one with less in it, or with a difference less.
    fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut push = |change: &dyn Fn(&mut Self)| {
            let mut less = self.clone();
            change(&mut less);
            less.first.tidy();
            less.second.tidy();
            if less.first != self.first || less.second != self.second {
                all.push(less);
            }
        };
        let both = |change: fn(&mut World, usize)| {
            move |worlds: &mut Self, at: usize| {
                change(&mut worlds.first, at);
                change(&mut worlds.second, at);
            }
        };
        let gone = both(|world, at| world.members[at].present = false);
        let bare = both(|world, at| world.members[at].profile = Profile::default());
        let empty = both(|world, at| world.members[at].gallery = Gallery::default());
        for place in 0..self.first.members.len() {
            if self.viewer != Some(place) {
                push(&|worlds| gone(worlds, place));
            }
        }
        push(&|worlds| worlds.second.bonds.clone_from(&worlds.first.bonds));
        push(&|worlds| worlds.second.requests.clone_from(&worlds.first.requests));
        push(&|worlds| worlds.second.blocks.clone_from(&worlds.first.blocks));
        push(&|worlds| worlds.second.lists.clone_from(&worlds.first.lists));
        push(&|worlds| worlds.second.talks.clone_from(&worlds.first.talks));
        push(&|worlds| worlds.second.walls.clone_from(&worlds.first.walls));
        push(&|worlds| worlds.second.notes.clone_from(&worlds.first.notes));
        for place in 0..self.first.members.len() {
            push(&|worlds| worlds.second.members[place] = worlds.first.members[place].clone());
            push(&|worlds| {
                let (to, from) = (
                    &mut worlds.second.members[place],
                    &worlds.first.members[place],
                );
                to.profile.clone_from(&from.profile);
            });
            push(&|worlds| {
                let (to, from) = (
                    &mut worlds.second.members[place],
                    &worlds.first.members[place],
                );
                (to.joined_at, to.last_seen_at) = (from.joined_at, from.last_seen_at);
                (to.name, to.email) = (from.name.clone(), from.email.clone());
            });
            push(&|worlds| {
                let (to, from) = (
                    &mut worlds.second.members[place],
                    &worlds.first.members[place],
                );
                (to.birth, to.standing, to.ageless) = (from.birth, from.standing, from.ageless);
            });
            push(&|worlds| {
                let (to, from) = (
                    &mut worlds.second.members[place],
                    &worlds.first.members[place],
                );
                to.audiences = from.audiences;
                to.contact.clone_from(&from.contact);
            });
            push(&|worlds| {
                let (to, from) = (
                    &mut worlds.second.members[place],
                    &worlds.first.members[place],
                );
                to.gallery.clone_from(&from.gallery);
            });
            push(&|worlds| bare(worlds, place));
            push(&|worlds| empty(worlds, place));
        }
        for bond in &self.first.bonds {
            push(&|worlds| {
                worlds.first.bonds.remove(bond);
                worlds.second.bonds.remove(bond);
            });
        }
        for list in self.first.lists.keys().chain(self.second.lists.keys()) {
            push(&|worlds| {
                worlds.first.lists.remove(list);
                worlds.second.lists.remove(list);
            });
        }
        for post in self.first.walls.keys().chain(self.second.walls.keys()) {
            push(&|worlds| {
                worlds.first.walls.remove(post);
                worlds.second.walls.remove(post);
            });
            push(&|worlds| match worlds.first.walls.get(post) {
                Some(same) => drop(worlds.second.walls.insert(*post, same.clone())),
                None => drop(worlds.second.walls.remove(post)),
            });
            push(&|worlds| {
                for world in [&mut worlds.first, &mut worlds.second] {
                    if let Some(post) = world.walls.get_mut(post) {
                        post.comments.clear();
                    }
                }
            });
        }
        for note in self.first.notes.keys().chain(self.second.notes.keys()) {
            push(&|worlds| {
                worlds.first.notes.remove(note);
                worlds.second.notes.remove(note);
            });
        }
        for talk in self.first.talks.keys().chain(self.second.talks.keys()) {
            push(&|worlds| {
                worlds.first.talks.remove(talk);
                worlds.second.talks.remove(talk);
            });
            push(&|worlds| match worlds.first.talks.get(talk) {
                Some(same) => drop(worlds.second.talks.insert(*talk, same.clone())),
                None => drop(worlds.second.talks.remove(talk)),
            });
        }
        for request in self
            .first
            .requests
            .keys()
            .chain(self.second.requests.keys())
        {
            push(&|worlds| {
                worlds.first.requests.remove(request);
                worlds.second.requests.remove(request);
            });
        }
        for block in &self.first.blocks {
            push(&|worlds| {
                worlds.first.blocks.remove(block);
                worlds.second.blocks.remove(block);
            });
        }
        all
    }
}

impl Found {
    /// Makes it as small as it gets.
    pub(super) async fn shrink(mut self, twins: &Twins) -> Self {
        if self.operation.kind == Kind::Subscription {
            // What happened meanwhile belongs to it.
            return self;
        }
        let mut left = PATIENCE;
        let mut last = usize::MAX;
        while left < last {
            last = left;
            let mut at = 0;
            // After a step that went, the next one stands at the same place.
            while let Some(operation) = self.operation.smaller().into_iter().nth(at)
                && left > 0
            {
                left -= 1;
                let worlds = self.worlds.clone();
                match differs(twins, &worlds, &operation).await {
                    Some(difference) => {
                        self = Self {
                            operation,
                            difference,
                            worlds,
                        }
                    }
                    None => at += 1,
                }
            }
            at = 0;
            while let Some(worlds) = self.worlds.smaller().into_iter().nth(at)
                && left > 0
            {
                if !worlds.alike() {
                    at += 1;
                    continue;
                }
                left -= 1;
                match differs(twins, &worlds, &self.operation).await {
                    Some(difference) => (self.worlds, self.difference) = (worlds, difference),
                    None => at += 1,
                }
            }
        }
        self
    }

    /// For people.
    pub(super) fn report(&self) -> String {
        let Worlds {
            first,
            second,
            viewer,
            ..
        } = &self.worlds;
        let (text, variables) = self.operation.written();
        let viewer = viewer.map_or("a visitor".to_owned(), |me| format!("member {me}"));
        let mut report = format!("{viewer} asks\n  {text}\n  {variables}\nof the world\n");
        let (first, second) = (lines(first), lines(second));
        for line in &first {
            let _ = writeln!(report, "  {line}");
        }
        report += "and of a second world in which\n";
        for line in first.iter().filter(|line| !second.contains(line)) {
            let _ = writeln!(report, "- {line}");
        }
        for line in second.iter().filter(|line| !first.contains(line)) {
            let _ = writeln!(report, "+ {line}");
        }
        let _ = write!(report, "and is given different {}", self.difference);
        report
    }
}

/// In what the answers to the operation differ, in worlds that are written anew.
pub(super) async fn differs(
    twins: &Twins,
    worlds: &Worlds,
    operation: &Operation,
) -> Option<String> {
    let clients = twins.settle(worlds).await;
    twins.ask(&clients, worlds, operation).await.err()
}

/// All that is in a world, a line a thing.
fn lines(world: &World) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, member) in world
        .members
        .iter()
        .enumerate()
        .filter(|(_, it)| it.present)
    {
        let ageless = if member.ageless {
            " of unknown age"
        } else {
            ""
        };
        lines.push(format!(
            "member {place}: born {}{ageless}, {:?}, audiences {}",
            member.birth,
            member.standing,
            member.audiences.digits(),
        ));
        lines.push(format!(
            "member {place}: {} {}, joined {}, seen {}",
            member.name, member.email, member.joined_at, member.last_seen_at
        ));
        lines.push(format!("member {place}: {:?}", member.profile));
        lines.push(format!("member {place}: {:?}", member.contact));
        lines.push(format!("member {place}: {:?}", member.gallery));
    }
    lines.extend(world.bonds.iter().map(|bond| format!("penpals: {bond:?}")));
    lines.extend(world.requests.iter().map(|it| format!("asked: {it:?}")));
    lines.extend(world.blocks.iter().map(|it| format!("blocked: {it:?}")));
    lines.extend(world.lists.iter().map(|it| format!("list: {it:?}")));
    lines.extend(world.talks.iter().map(|it| format!("talk: {it:?}")));
    lines.extend(world.walls.iter().map(|it| format!("post: {it:?}")));
    lines.extend(world.notes.iter().map(|it| format!("told: {it:?}")));
    lines
}

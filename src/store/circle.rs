//! The viewer's own penpals, counted: how many of them see what, from the viewer's own lists alone.

use std::collections::{HashMap, HashSet};

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Error, Store, conn::on, statement::Statement};
use crate::domain::{
    age::Today,
    audience::Audience,
    id::{ListId, MemberId},
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// The viewer's own penpals, of those who exist for the viewer: how many there are, and who of them stands on
/// some of the viewer's lists.
#[derive(Clone, Debug, Default)]
pub struct Circle {
    all: i64,
    on: HashMap<ListId, HashSet<MemberId>>,
}

/// Those of a circle who are shown something.
#[derive(Clone, Debug)]
pub enum Shown {
    /// These.
    Only(HashSet<MemberId>),
    /// All but these.
    AllBut(HashSet<MemberId>),
}

/// How many; no machine holds as many as would not fit.
fn many(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Circle {
    /// How many there are.
    pub const fn all(&self) -> i64 {
        self.all
    }

    fn standing_on(&self, lists: &[ListId]) -> HashSet<MemberId> {
        let on = lists.iter().filter_map(|list| self.on.get(list));
        on.flatten().copied().collect()
    }

    /// Those to whom a field is shown that has this audience, these lists and these exceptions; of lists that
    /// were not asked about nobody is known.
    pub fn shown(&self, audience: Audience, lists: &[ListId], except: &[ListId]) -> Shown {
        let excepted = self.standing_on(except);
        match audience {
            Audience::OnlyMe => Shown::Only(HashSet::new()),
            Audience::Lists => Shown::Only(&self.standing_on(lists) - &excepted),
            Audience::Penpals | Audience::Members | Audience::Public => Shown::AllBut(excepted),
        }
    }

    /// How many are shown it.
    pub fn count(&self, shown: &Shown) -> i64 {
        match shown {
            Shown::Only(members) => many(members.len()),
            // Two statements may have seen two moments.
            Shown::AllBut(members) => (self.all - many(members.len())).max(0),
        }
    }

    /// How many are among `these` and not among `those`.
    pub fn beyond(&self, these: &Shown, those: &Shown) -> i64 {
        match (these, those) {
            (Shown::Only(these), Shown::Only(those)) => many((these - those).len()),
            (Shown::Only(these), Shown::AllBut(out)) => many((these & out).len()),
            (Shown::AllBut(out), Shown::AllBut(left)) => many((left - out).len()),
            (Shown::AllBut(out), Shown::Only(those)) => {
                (self.all - many((out | those).len())).max(0)
            }
        }
    }
}

impl Store {
    /// The viewer's own penpals, and who of them stands on these of the viewer's lists: two statements at most,
    /// however many lists.
    pub async fn circle(
        &self,
        permit: &Permit<KeepOwn>,
        lists: &HashSet<ListId>,
        today: Today,
    ) -> Result<Circle, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT count(*) FROM bonds b")
            .who_exist(permit, today);
        let all = on!(&mut conn, c => statement.get_result(c).await)?;
        let mut on: HashMap<ListId, HashSet<MemberId>> = HashMap::new();
        if !lists.is_empty() {
            let ids: Vec<i64> = lists.iter().map(|list| list.key()).collect();
            let mut statement = Statement::<(BigInt, BigInt)>::new(conn.dialect());
            statement
                .sql(
                    "SELECT l.list_id, l.member_id FROM lists o \
                     JOIN list_members l ON l.list_id = o.id \
                     JOIN bonds b ON b.member_id = o.owner_id AND b.penpal_id = l.member_id",
                )
                .who_exist(permit, today)
                .sql(" AND o.owner_id = ")
                .big_int(permit.subject().key())
                .sql(" AND o.id")
                .in_ids(&ids);
            let rows: Vec<(i64, i64)> = on!(&mut conn, c => statement.load(c).await)?;
            for (list, member) in rows {
                on.entry(ListId::from_key(list))
                    .or_default()
                    .insert(MemberId::from_key(member));
            }
        }
        Ok(Circle { all, on })
    }
}

impl<Row> Statement<Row> {
    /// ` JOIN` what decides who exists, and ` WHERE` the penpal of the viewer's bond `b` does.
    fn who_exist(&mut self, permit: &Permit<KeepOwn>, today: Today) -> &mut Self {
        self.sql(" JOIN standings s ON s.member_id = b.penpal_id")
            .join_viewer(permit.viewer())
            .sql(" WHERE b.member_id = ")
            .big_int(permit.subject().key())
            .sql(" AND ")
            .meets(permit.viewer(), today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(keys: &[i64]) -> HashSet<MemberId> {
        keys.iter().map(|key| MemberId::from_key(*key)).collect()
    }

    #[test]
    fn counting_is_what_going_through_them_gives() {
        let [near, far] = [1, 2].map(ListId::from_key);
        let circle = Circle {
            all: 5,
            on: HashMap::from([(near, ids(&[1, 2, 3])), (far, ids(&[3, 4]))]),
        };
        let everybody = ids(&[1, 2, 3, 4, 5]);
        let through = |shown: &Shown| match shown {
            Shown::Only(members) => members.clone(),
            Shown::AllBut(members) => &everybody - members,
        };
        let mut all = Vec::new();
        for audience in Audience::ALL {
            for lists in [&[][..], &[near], &[near, far]] {
                for except in [&[][..], &[far], &[near, far]] {
                    all.push(circle.shown(audience, lists, except));
                }
            }
        }
        for these in &all {
            assert_eq!(circle.count(these), many(through(these).len()));
            for those in &all {
                let expected = &through(these) - &through(those);
                assert_eq!(
                    circle.beyond(these, those),
                    many(expected.len()),
                    "{these:?} {those:?}"
                );
            }
        }
        let listed = circle.shown(Audience::Lists, &[near], &[far]);
        assert_eq!(through(&listed), ids(&[1, 2]));
    }
}

//! The rules of meeting and of the penpal list, in SQL: the row filter for lists and counts.
//!
//! The same rules as `privacy::decide`, which decides again over what a list returns; that the two agree
//! is proven over random worlds by `tests/it/policy/sql_agrees.rs`.

use super::{facts::EXCEPTED, statement::Statement};
use crate::domain::{
    age::Today, audience::Audience, findable::Way, profile::Field, standing::Standing,
};
use crate::viewer::who::Viewer;

impl<Row> Statement<Row> {
    /// ` JOIN` of the viewer's own row as `v`; nothing for a visitor.
    pub(super) fn join_viewer(&mut self, viewer: Viewer) -> &mut Self {
        if let Viewer::Member(me) = viewer {
            self.sql(" JOIN standings v ON v.member_id = ")
                .big_int(me.key());
        }
        self
    }

    /// A condition: the member of the `standings` row `s` exists for the viewer, whose row is `v`.
    pub(super) fn meets(&mut self, viewer: Viewer, today: Today) -> &mut Self {
        let day = today.key();
        let (active, frozen) = (Standing::Active.code(), Standing::Frozen.code());
        let Viewer::Member(me) = viewer else {
            return self
                .sql(format!("(s.standing = {active} AND s.turns_18_on <= "))
                .integer(day)
                .sql(format!(
                    " AND s.audiences LIKE '%{}%')",
                    Audience::Public.digit()
                ));
        };
        let me = me.key();
        self.sql(format!("(v.standing <> {frozen} AND v.turns_13_on <= "))
            .integer(day)
            .sql(" AND (s.member_id = ")
            .big_int(me)
            .sql(format!(
                " OR (s.standing = {active} AND v.standing = {active} AND s.turns_13_on <= "
            ))
            .integer(day)
            .sql(
                " AND NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocked_id = s.member_id \
             AND x.blocker_id = ",
            )
            .big_int(me)
            .sql(
                ") AND NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = s.member_id \
             AND x.blocked_id = ",
            )
            .big_int(me)
            .sql(") AND ((s.turns_18_on <= ")
            .integer(day)
            .sql(") = (v.turns_18_on <= ")
            .integer(day)
            .sql(
                ") OR EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = s.member_id \
             AND x.member_id = ",
            )
            .big_int(me)
            .sql(")))))")
    }

    /// A condition: the member of the facts `f` exists for the viewer.
    pub(super) fn meets_by_facts(&mut self, viewer: Viewer) -> &mut Self {
        let (active, frozen) = (Standing::Active.code(), Standing::Frozen.code());
        match viewer {
            Viewer::Visitor => self.sql(format!(
                "(f.standing = {active} AND f.eighteen AND f.audiences LIKE '%{}%')",
                Audience::Public.digit()
            )),
            Viewer::Member(me) => self
                .sql(format!(
                    "(f.my_standing <> {frozen} AND f.my_thirteen AND (f.member_id = "
                ))
                .big_int(me.key())
                .sql(format!(
                    " OR (f.standing = {active} AND f.my_standing = {active} AND f.thirteen \
                     AND NOT f.blocked AND (f.eighteen = f.my_eighteen OR f.penpals))))"
                )),
        }
    }

    /// A condition: the viewer can find the member of the `standings` row `s`, who exists for the viewer, in
    /// this way.
    pub(super) fn found(&mut self, way: Way, viewer: Viewer) -> &mut Self {
        let digit = format!("substr(s.findable, {}, 1)", way.index() + 1);
        match viewer {
            Viewer::Visitor => self.sql(format!("({digit} = '{}')", Audience::Public.digit())),
            Viewer::Member(me) => self
                .sql(format!(
                    "({digit} >= '{}' OR s.member_id = ",
                    Audience::Members.digit()
                ))
                .big_int(me.key())
                .sql(format!(
                    " OR {digit} = '{}' AND EXISTS (SELECT 1 FROM bonds x \
                     WHERE x.penpal_id = s.member_id AND x.member_id = ",
                    Audience::Penpals.digit()
                ))
                .big_int(me.key())
                .sql("))"),
        }
    }

    /// A condition: the viewer can find the member of the facts `f`, who exists for the viewer, in this way.
    pub(super) fn found_by_facts(&mut self, way: Way, viewer: Viewer) -> &mut Self {
        let digit = format!("substr(f.findable, {}, 1)", way.index() + 1);
        match viewer {
            Viewer::Visitor => self.sql(format!("({digit} = '{}')", Audience::Public.digit())),
            Viewer::Member(me) => self
                .sql(format!(
                    "({digit} >= '{}' OR f.penpals AND {digit} = '{}' OR f.member_id = ",
                    Audience::Members.digit(),
                    Audience::Penpals.digit(),
                ))
                .big_int(me.key())
                .sql(")"),
        }
    }

    /// A condition: the member of the facts `f`, who exists for the viewer, shows `field` to the viewer.
    pub(super) fn shows_by_facts(&mut self, field: Field, viewer: Viewer) -> &mut Self {
        let digit = format!("substr(f.audiences, {}, 1)", field.index() + 1);
        let Viewer::Member(_) = viewer else {
            return self.sql(format!("({digit} = '{}')", Audience::Public.digit()));
        };
        let named = |bit: usize| format!("(coalesce(f.named, 0) >> {bit}) & 1 = 1");
        let bit = field.index();
        self.sql(format!(
            "(({digit} >= '{}' OR f.penpals AND ({digit} = '{}' OR {digit} = '{}' AND {})) \
             AND NOT ({}))",
            Audience::Members.digit(),
            Audience::Penpals.digit(),
            Audience::Lists.digit(),
            named(bit),
            named(bit + EXCEPTED as usize),
        ))
    }
}

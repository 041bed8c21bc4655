//! The rules of meeting and of the penpal list, in SQL: the row filter for lists and counts.
//!
//! The same rules as `privacy::decide`, which decides again over what a list returns; that the two agree
//! is proven over random worlds by `tests/it/policy/sql_agrees.rs`.

use super::statement::Statement;
use crate::domain::{
    age::Today, audience::Audience, id::MemberId, profile::Field, standing::Standing,
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

    /// A condition: the member of the `standings` row `s`, who exists for the viewer, shows `field` to the
    /// viewer.
    pub(super) fn shows(&mut self, field: Field, viewer: Viewer) -> &mut Self {
        let digit = format!("substr(s.audiences, {}, 1)", field.index() + 1);
        let Viewer::Member(me) = viewer else {
            return self.sql(format!("({digit} = '{}')", Audience::Public.digit()));
        };
        self.sql(format!("(({digit} >= '{}' OR ", Audience::Members.digit()))
            .sql("EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = s.member_id AND x.member_id = ")
            .big_int(me.key())
            .sql(format!(
                ") AND ({digit} = '{}' OR {digit} = '{}' AND ",
                Audience::Penpals.digit(),
                Audience::Lists.digit()
            ))
            .on_a_list(field, false, me)
            .sql(")) AND NOT (s.uses_lists AND ")
            .on_a_list(field, true, me)
            .sql("))")
    }

    /// A condition: the member `me` stands on a list that the owner `s` names for `field`.
    fn on_a_list(&mut self, field: Field, excepted: bool, me: MemberId) -> &mut Self {
        self.sql(format!(
            "EXISTS (SELECT 1 FROM audience_lists a JOIN list_members l ON l.list_id = a.list_id \
             WHERE a.owner_id = s.member_id AND a.field = {} AND {} a.excepted AND l.member_id = ",
            field.index(),
            if excepted { "" } else { "NOT" }
        ))
        .big_int(me.key())
        .sql(")")
    }
}

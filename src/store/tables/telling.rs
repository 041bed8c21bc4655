//! What members are told: notices, and mails.

diesel::table! {
    announcements (id) {
        id -> BigInt,
        made_at -> BigInt,
        body -> Text,
        told_up_to -> Nullable<BigInt>,
    }
}

diesel::table! {
    mail_preferences (member_id, category) {
        member_id -> BigInt,
        category -> SmallInt,
        wanted -> Bool,
    }
}

diesel::table! {
    news (member_id) {
        member_id -> BigInt,
        since -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    notice_counts (member_id) {
        member_id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! {
    notices (id) {
        id -> BigInt,
        member_id -> BigInt,
        seq -> BigInt,
        kind -> SmallInt,
        category -> SmallInt,
        sender_id -> Nullable<BigInt>,
        post_id -> Nullable<BigInt>,
        announcement_id -> Nullable<BigInt>,
        made_at -> BigInt,
        unread -> Bool,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        member_id -> Nullable<BigInt>,
        kind -> SmallInt,
        address -> Binary,
        message_domain -> Nullable<Text>,
        made_at -> BigInt,
        due_at -> BigInt,
        attempts -> Integer,
        dead -> Nullable<SmallInt>,
    }
}

diesel::table! {
    links (id) {
        id -> BigInt,
        member_id -> BigInt,
        kind -> SmallInt,
        address -> Nullable<Binary>,
        expires_at -> BigInt,
    }
}

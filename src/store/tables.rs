//! The tables, as diesel knows them: one for both dialects.

mod telling;

pub(super) use telling::{
    announcements, links, mail_preferences, news, notice_counts, notices, outbox,
};

diesel::table! { purposes (purpose) { purpose -> Text, } }

diesel::table! { handles (digest) { digest -> Binary, } }

diesel::table! {
    members (id) {
        id -> BigInt,
        handle -> Text,
        display_name -> Text,
        joined_at -> BigInt,
    }
}

diesel::table! {
    accounts (member_id) {
        member_id -> BigInt,
        email -> Binary,
        email_hash -> Binary,
        password_hash -> Text,
        confirmed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    unsealed (member_id) {
        member_id -> BigInt,
        email -> Text,
        email_folded -> Text,
        password_hash -> Text,
        phone -> Nullable<Text>,
        postal_address -> Nullable<Text>,
    }
}

diesel::table! {
    sealing_keys (version) {
        version -> SmallInt,
        mark -> Binary,
    }
}

diesel::table! {
    standings (member_id) {
        member_id -> BigInt,
        standing -> SmallInt,
        frozen_at -> Nullable<BigInt>,
        turns_13_on -> Nullable<Integer>,
        turns_18_on -> Nullable<Integer>,
        privacy_version -> BigInt,
        uses_lists -> Bool,
        audiences -> Text,
        findable -> Text,
    }
}

diesel::table! {
    profiles (member_id) {
        member_id -> BigInt,
        full_name -> Nullable<Text>,
        birth_on -> Nullable<Integer>,
        gender -> Nullable<SmallInt>,
        country -> Nullable<Text>,
        city -> Nullable<Text>,
        occupation -> Nullable<Text>,
        about_me -> Nullable<Text>,
        phone -> Nullable<Binary>,
        postal_address -> Nullable<Binary>,
        education -> Nullable<Text>,
        relationship -> Nullable<SmallInt>,
        looking_for -> Nullable<Text>,
    }
}

diesel::table! {
    profile_web_handles (member_id, place) {
        member_id -> BigInt,
        place -> SmallInt,
        service -> Text,
        address -> Text,
    }
}

diesel::table! {
    lists (id) {
        id -> BigInt,
        owner_id -> BigInt,
        name -> Text,
        name_folded -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    list_members (list_id, member_id) {
        list_id -> BigInt,
        member_id -> BigInt,
        added_at -> BigInt,
    }
}

diesel::table! {
    audience_lists (owner_id, field, list_id) {
        owner_id -> BigInt,
        field -> SmallInt,
        list_id -> BigInt,
        excepted -> Bool,
    }
}

diesel::table! {
    profile_languages (member_id, language) {
        member_id -> BigInt,
        language -> Text,
        fluency -> SmallInt,
    }
}

diesel::table! {
    profile_interests (member_id, interest) {
        member_id -> BigInt,
        interest -> SmallInt,
    }
}

diesel::table! {
    presences (member_id) {
        member_id -> BigInt,
        last_seen_at -> BigInt,
        level -> SmallInt,
    }
}

diesel::table! {
    search_entries (member_id) {
        member_id -> BigInt,
        tags -> Text,
        words -> Text,
        terms -> Text,
        birth_on -> Nullable<Integer>,
        joined_on -> Integer,
        joined_level -> SmallInt,
        found_level -> SmallInt,
        audiences -> Text,
        turns_13_on -> Integer,
        turns_18_on -> Integer,
    }
}

diesel::table! {
    bonds (member_id, penpal_id) {
        member_id -> BigInt,
        penpal_id -> BigInt,
        since_at -> BigInt,
    }
}

diesel::table! {
    bond_requests (id) {
        id -> BigInt,
        from_id -> BigInt,
        to_id -> BigInt,
        asked_at -> BigInt,
        declined_at -> Nullable<BigInt>,
        withdrawn -> Bool,
    }
}

diesel::table! {
    blocks (id) {
        id -> BigInt,
        blocker_id -> BigInt,
        blocked_id -> Nullable<BigInt>,
        handle -> Text,
        blocked_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        member_id -> BigInt,
        token_digest -> Binary,
        bearer -> Bool,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        reauthenticated_at -> BigInt,
    }
}

diesel::table! {
    devices (member_id, token_digest) {
        member_id -> BigInt,
        token_digest -> Binary,
        last_used_at -> BigInt,
    }
}

diesel::table! {
    second_factors (member_id) {
        member_id -> BigInt,
        sealed_key -> Text,
        enabled_at -> Nullable<BigInt>,
        last_step -> BigInt,
    }
}

diesel::table! {
    recovery_codes (member_id, digest) {
        member_id -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    used_screenings (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    birth_date_requests (member_id) {
        member_id -> BigInt,
        birth_on -> Integer,
        asked_at -> BigInt,
    }
}

diesel::table! {
    contact_rules (member_id) {
        member_id -> BigInt,
        writers -> SmallInt,
        youngest -> Nullable<SmallInt>,
        oldest -> Nullable<SmallInt>,
        countries -> Text,
        share_language -> Bool,
        share_interest -> Bool,
        least_length -> Integer,
    }
}

diesel::table! {
    mailboxes (member_id) {
        member_id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! { conversations (id) { id -> BigInt, } }

diesel::table! {
    conversation_sides (member_id, conversation_id) {
        member_id -> BigInt,
        conversation_id -> BigInt,
        other_id -> Nullable<BigInt>,
        state -> SmallInt,
        archived -> Bool,
        muted -> Bool,
        latest_seq -> BigInt,
        read_seq -> BigInt,
        changed_seq -> BigInt,
        unanswered -> Integer,
        draft -> Nullable<Text>,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        conversation_id -> BigInt,
        sender_id -> BigInt,
        sent_at -> BigInt,
        body -> Text,
        client_key -> Nullable<Text>,
        read_at -> Nullable<BigInt>,
        terms -> Text,
    }
}

diesel::table! {
    mailbox_entries (member_id, seq) {
        member_id -> BigInt,
        seq -> BigInt,
        conversation_id -> BigInt,
        message_id -> BigInt,
        mine -> Bool,
    }
}

diesel::table! {
    reports (id) {
        id -> BigInt,
        reporter_id -> BigInt,
        accused_id -> BigInt,
        reason -> SmallInt,
        remark -> Nullable<Text>,
        message_id -> Nullable<BigInt>,
        message_body -> Nullable<Text>,
        message_sent_at -> Nullable<BigInt>,
        reported_at -> BigInt,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        wall_id -> BigInt,
        author_id -> BigInt,
        parent_id -> Nullable<BigInt>,
        written_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        audience -> SmallInt,
        chosen_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    albums (id) {
        id -> BigInt,
        owner_id -> BigInt,
        title -> Text,
        audience -> SmallInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    post_edits (post_id, nth) {
        post_id -> BigInt,
        nth -> Integer,
        written_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    photos (id) {
        id -> BigInt,
        owner_id -> BigInt,
        album_id -> Nullable<BigInt>,
        audience -> SmallInt,
        caption -> Nullable<Text>,
        width -> Integer,
        height -> Integer,
        created_at -> BigInt,
    }
}

diesel::table! {
    photo_files (name) {
        name -> Text,
        photo_id -> Nullable<BigInt>,
        begun_at -> BigInt,
    }
}

diesel::table! {
    profile_photos (member_id) {
        member_id -> BigInt,
        photo_id -> BigInt,
    }
}

diesel::table! {
    photo_tickets (digest) {
        digest -> Binary,
        member_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    tombstones (id) {
        id -> BigInt,
        erased_at -> BigInt,
        reason -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    albums,
    audience_lists,
    bonds,
    conversation_sides,
    devices,
    links,
    list_members,
    lists,
    mail_preferences,
    mailbox_entries,
    members,
    messages,
    news,
    notice_counts,
    notices,
    outbox,
    photos,
    presences,
    profiles,
    search_entries,
    second_factors,
    sessions,
    standings,
);

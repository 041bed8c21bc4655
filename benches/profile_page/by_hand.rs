//! The same page by hand: poem, one prepared PostgreSQL statement that finds the session, applies the same
//! rules and returns the JSON; no GraphQL, no permits, no second look. What it costs is the yardstick.
//!
//! It knows this one page and nothing else, says codes where the API says names as well, and gives an address as it is
//! sealed.

use letterlock::domain::{id::MemberId, profile::Field};
use poem::{Request, Response, Route, get, http::StatusCode};

use crate::hand::{self, EXISTS, Hand, VIEWER, refuse};

/// Whether the viewer `v` may see a field of the owner `x`, which says `penpal`, and `named`: the fields of
/// lists on which the viewer stands, a bit each, and those that are excepted 32 bits above.
fn sees(field: Field) -> String {
    let digit = format!("substr(x.audiences, {}, 1)", field.index() + 1);
    let on = |bit: usize| format!("coalesce(x.named & {} <> 0, FALSE)", 1_u64 << bit);
    format!(
        "(x.same OR (({digit} >= '3' OR x.penpal AND ({digit} = '2' OR {digit} = '1' AND {})) \
         AND NOT {}))",
        on(field.index()),
        on(field.index() + 32)
    )
}

fn seen(field: Field, name: &str, value: &str) -> String {
    format!("'{name}', CASE WHEN {} THEN {value} END", sees(field))
}

/// The rows `x` of `from`, with what is between them and the viewer, where they exist for the viewer.
fn existing(from: &str, condition: &str) -> String {
    format!(
        "SELECT s.member_id, s.audiences, v.me, v.adult, s.member_id = v.me AS same, \
         EXISTS (SELECT 1 FROM bonds y WHERE y.member_id = v.me AND y.penpal_id = s.member_id) AS penpal, \
         CASE WHEN s.uses_lists THEN (SELECT sum(DISTINCT 1::bigint << (q.field + \
         CASE WHEN q.excepted THEN 32 ELSE 0 END))::bigint FROM audience_lists q \
         JOIN list_members l ON l.list_id = q.list_id WHERE q.owner_id = s.member_id \
         AND l.member_id = v.me) END AS named \
         {from} WHERE {condition} AND {EXISTS} \
         OFFSET 0"
    )
}

fn statement() -> String {
    let age = format!(
        "(CASE WHEN {} THEN $2 ELSE $6 END - p.birth_on) / 10000",
        sees(Field::BirthDate)
    );
    let profile = [
        seen(Field::FullName, "fullName", "p.full_name"),
        seen(Field::Email, "email", "a.email"),
        seen(Field::BirthDate, "birthDate", "p.birth_on"),
        seen(Field::Age, "age", &age),
        seen(Field::Gender, "gender", "p.gender"),
        seen(Field::Country, "country", "p.country"),
        seen(Field::City, "city", "p.city"),
        seen(
            Field::Languages,
            "languages",
            "(SELECT json_agg(json_build_array(g.language, g.fluency)) FROM profile_languages g \
             WHERE g.member_id = x.member_id)",
        ),
        seen(Field::Occupation, "occupation", "p.occupation"),
        seen(
            Field::Interests,
            "interests",
            "(SELECT json_agg(i.interest) FROM profile_interests i WHERE i.member_id = x.member_id)",
        ),
        seen(Field::AboutMe, "aboutMe", "p.about_me"),
        seen(Field::LastSeen, "lastSeen", "n.last_seen_at"),
    ]
    .join(", ");
    let small = [
        seen(Field::Age, "age", &age),
        seen(Field::Country, "country", "p.country"),
        seen(Field::City, "city", "p.city"),
        seen(Field::Occupation, "occupation", "p.occupation"),
        seen(Field::LastSeen, "lastSeen", "n.last_seen_at"),
    ]
    .join(", ");
    let edges = existing(
        "FROM b JOIN v ON TRUE JOIN standings s ON s.member_id = b.penpal_id",
        "TRUE",
    );
    let joins = "JOIN members m ON m.id = x.member_id JOIN profiles p ON p.member_id = x.member_id \
         LEFT JOIN accounts a ON a.member_id = x.member_id \
         LEFT JOIN presences n ON n.member_id = x.member_id";
    format!(
        "WITH v AS ({VIEWER}), \
         o AS ({owner}), \
         b AS (SELECT y.penpal_id, y.since_at FROM o x JOIN bonds y ON y.member_id = x.member_id WHERE {list}), \
         e AS (SELECT x.*, b.since_at FROM ({edges}) x JOIN b ON b.penpal_id = x.member_id \
         JOIN o ON TRUE WHERE o.same OR x.same OR {other}), \
         f AS (SELECT * FROM e ORDER BY since_at DESC, member_id DESC LIMIT 20) \
         SELECT json_build_object('id', x.member_id, 'handle', m.handle, 'displayName', m.display_name, \
         'bond', CASE WHEN x.same THEN 'MYSELF' WHEN x.penpal THEN 'PENPALS' ELSE 'NONE' END, \
         'profile', json_build_object({profile}), 'penpals', json_build_object('totalCount', \
         (SELECT count(*) FROM e), 'edges', (SELECT json_agg(json_build_object('id', x.member_id, \
         'displayName', m.display_name, 'profile', json_build_object({small})) \
         ORDER BY x.since_at DESC, x.member_id DESC) FROM f x {joins})))::text FROM o x {joins}",
        owner = existing("FROM v, standings s", "s.member_id = $5"),
        list = sees(Field::Penpals),
        other = sees(Field::Penpals),
    )
}

/// Serves the page at `/page/<id>`; gives back the address.
pub(crate) async fn serve(url: &str, connections: usize) -> Result<String, String> {
    let routes = Route::new().at("/page/:id", get(poem::endpoint::make(page)));
    hand::serve(url, connections, &[statement()], routes).await
}

async fn page(request: Request) -> poem::Result<Response> {
    let id = request
        .raw_path_param("id")
        .and_then(MemberId::from_global)
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    let hand = Hand::of(&request)?;
    let asked = hand.asked(&request)?;
    let connection = hand.connection();
    let row = connection
        .client
        .query_opt(
            &connection.statements[0],
            &[
                &asked.digest,
                &asked.today.key(),
                &asked.now,
                &asked.idle_since,
                &id.key(),
                &asked.today.month_key(),
            ],
        )
        .await
        .map_err(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR))?
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    Ok(hand::json(row.get(0)))
}

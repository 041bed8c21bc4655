//! The same page by hand: poem, one prepared PostgreSQL statement that finds the session, applies the same
//! rules and returns the JSON; no GraphQL, no permits, no second look. What it costs is the yardstick.
//!
//! It knows this one page and nothing else, and says codes where the API says names as well.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use letterlock::{
    domain::{age::Today, clock::Clock, id::MemberId, profile::Field},
    graphql::services::SessionLife,
    viewer::tokens::Token,
};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server, get,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
};
use tokio_postgres::{Client, NoTls, Statement};

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
         {from} WHERE {condition} AND (s.member_id = v.me OR (s.standing = 0 AND s.turns_13_on <= $2 \
         AND NOT EXISTS (SELECT 1 FROM blocks y WHERE y.blocker_id = v.me AND y.blocked_id = s.member_id) \
         AND NOT EXISTS (SELECT 1 FROM blocks y WHERE y.blocked_id = v.me AND y.blocker_id = s.member_id) \
         AND ((s.turns_18_on <= $2) = v.adult OR EXISTS (SELECT 1 FROM bonds y WHERE y.member_id = v.me \
         AND y.penpal_id = s.member_id)))) \
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
        "WITH v AS (SELECT t.member_id AS me, w.turns_18_on <= $2 AS adult FROM sessions t \
         JOIN standings w ON w.member_id = t.member_id WHERE t.token_digest = $1 AND t.bearer \
         AND t.expires_at > $3 AND t.last_used_at > $4 AND w.standing = 0 AND w.turns_13_on <= $2), \
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

struct Hand {
    connections: Vec<(Client, Statement)>,
    next: AtomicUsize,
    clock: Clock,
}

/// Serves the page at `/page/<id>`; gives back the address.
pub(crate) async fn serve(url: &str, connections: usize) -> Result<String, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let mut all = Vec::new();
    for _ in 0..connections {
        let (client, driver) = tokio_postgres::connect(url, NoTls)
            .await
            .map_err(|error| said(&error))?;
        tokio::spawn(driver);
        client
            .batch_execute(
                "SET jit = off; SET random_page_cost = 1.1; \
                 SET plan_cache_mode = force_generic_plan",
            )
            .await
            .map_err(|error| said(&error))?;
        let prepared = client
            .prepare(&statement())
            .await
            .map_err(|error| said(&error))?;
        all.push((client, prepared));
    }
    let hand = Arc::new(Hand {
        connections: all,
        next: AtomicUsize::new(0),
        clock: Clock::system(),
    });
    let routes = Route::new().at("/page/:id", get(poem::endpoint::make(page)).data(hand));
    let acceptor = TcpListener::bind("127.0.0.1:0")
        .into_acceptor()
        .await
        .map_err(|error| said(&error))?;
    let port = acceptor
        .local_addr()
        .first()
        .and_then(|address| address.as_socket_addr().map(std::net::SocketAddr::port))
        .ok_or("no port")?;
    tokio::spawn(Server::new_with_acceptor(acceptor).run(routes.map_to_response()));
    Ok(format!("http://127.0.0.1:{port}"))
}

async fn page(request: Request) -> poem::Result<Response> {
    let refuse = |status: StatusCode| poem::Error::from_status(status);
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|text| Token::parse(&text.into()))
        .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED))?;
    let id = request
        .raw_path_param("id")
        .and_then(MemberId::from_global)
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    let hand = request
        .data::<Arc<Hand>>()
        .ok_or_else(|| refuse(StatusCode::INTERNAL_SERVER_ERROR))?;
    let place = hand.next.fetch_add(1, Ordering::Relaxed) % hand.connections.len();
    let (client, statement) = &hand.connections[place];
    let now = hand.clock.now();
    let today = Today::at(now);
    let idle_since = (now - SessionLife::default().idle).timestamp_millis();
    let row = client
        .query_opt(
            statement,
            &[
                &token.digest().as_bytes().as_slice(),
                &today.key(),
                &now.timestamp_millis(),
                &idle_since,
                &id.key(),
                &today.month_key(),
            ],
        )
        .await
        .map_err(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR))?
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    let text: String = row.get(0);
    Ok(text.with_content_type("application/json").into_response())
}

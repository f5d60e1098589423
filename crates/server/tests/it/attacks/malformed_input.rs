//! Attacks G5, G1 and G2: malformed input at every declared route, anonymous or with full rights, gets a response and
//! never a server error.

use std::sync::LazyLock;

use server::routes::{Access, RouteInfo};
use testkit::{TestApp, TestRequest, for_each_engine};

use super::fixtures::during_sign_in;
use super::requests::{SeededTenant, management_routes, sample_requests};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Content types or names of headers, and what they say.
type Malformed = Vec<(&'static str, Vec<u8>)>;

static BODIES: LazyLock<Malformed> = LazyLock::new(bodies);
static HEADERS: LazyLock<Malformed> = LazyLock::new(headers);

fn bodies() -> Malformed {
    let text = |text: &str| text.as_bytes().to_vec();
    let deep = |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    let many = (0..20_000).map(|n| format!("p{n}=v")).collect::<Vec<_>>().join("&");
    vec![
        (JSON, text(&deep("[", "]", 100_000))),
        (JSON, text(&deep("{\"a\":", "}", 50_000))),
        (JSON, text(&deep("{\"customData\":", "}", 100))),
        (JSON, text("{\"name\": 1e999999}")),
        (JSON, text("{\"ttl\": 99999999999999999999999999999, \"accessTokenTtl\": -9223372036854775809}")),
        (JSON, text("{\"name\": \"a\", \"name\": \"b\", \"__proto__\": {}, \"constructor\": null}")),
        (JSON, text("{\"name\": \"\\ud800\", \"password\": \"\\u0000\"}")),
        (JSON, b"{\"name\": \"\xff\xfe\"}".to_vec()),
        (JSON, b"\xef\xbb\xbf{}".to_vec()),
        (JSON, text("[]")),
        (JSON, text("\"text\"")),
        (JSON, text("{")),
        (JSON, Vec::new()),
        (JSON, vec![b' '; 1 << 20]),
        (FORM, text(&many)),
        (FORM, b"client_id=%ff%fe&client_secret=%&code=%zz&xsrf=\xff\x00&=&&&==&identifier=%00".to_vec()),
        (FORM, text(&format!("scope={}&password={}", "a+".repeat(9_000), "p".repeat(30_000)))),
        (FORM, text("{\"name\": 1}")),
        ("text/plain", text("{\"name\": 1}")),
        (
            "multipart/form-data; boundary=x",
            text("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--"),
        ),
        ("application/json; charset=utf-16", vec![0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
        (";;;/=", text("?")),
    ]
}

fn headers() -> Malformed {
    let text = |text: &str| text.as_bytes().to_vec();
    let giant = format!("Bearer {}.{}.{}", "a".repeat(30_000), "b".repeat(30_000), "c".repeat(30_000));
    vec![
        ("authorization", text("")),
        ("authorization", text("Bearer")),
        ("authorization", text("Basic ////////")),
        ("authorization", text("Basic OjpAOkA6")),
        ("authorization", b"Bearer \xff\xfe".to_vec()),
        ("authorization", text("Bearer e30.e30.e30")),
        ("authorization", text("Bearer eyJhbGciOiJFUzM4NCIsImtpZCI6bnVsbH0.W10.AA")),
        ("authorization", giant.into_bytes()),
        ("cookie", text("_session; =; ;;; _session=; _session.sig=; _interaction=%; _interaction.sig=\"")),
        ("cookie", b"_session=\xff; _session.sig=\xff".to_vec()),
        ("cookie", text(&"_interaction=x; ".repeat(2_000))),
        ("accept-language", text("*;q=x, -, en-;q=99999999999999999999, -zh-,;")),
        ("accept-language", text(&"de,".repeat(10_000))),
        ("accept", b"\xff/\xff;q=".to_vec()),
        ("origin", b"\xff".to_vec()),
        ("origin", text("null, https://a, ://")),
        ("if-none-match", text("W/\"\", \", *, \"")),
        ("x-forwarded-for", text("unknown, [::1]:99999, ,")),
        ("logto-app-id", b"\xff\xfe".to_vec()),
        ("user-agent", vec![b'u'; 60_000]),
        ("content-length", text("3")),
        ("content-type", b"\xff".to_vec()),
        ("host", b"\xff".to_vec()),
        ("x-http-method-override", text("DELETE")),
    ]
}

const QUERIES: [&str; 9] = [
    "%",
    "%ff%fe=%zz&&&==",
    "page=-1&page_size=99999999999999999999",
    "page=9223372036854775807&page_size=100",
    "search=%25&search.id=%5C&mode=posix&joint=and&search.id=(((((",
    "locale=%ff&ui_locales=%00x&app_id=%ff&preview=%ff&organization_id='",
    "client_id=%ff&redirect_uri=%ff&response_type=%ff&scope=%ff&state=%ff&request=e30&resource=%ff&max_age=1e9&prompt=,",
    "id_token_hint=e30.e30.&post_logout_redirect_uri=javascript:&max_age=-9999999999999999999&code_challenge=%ff",
    "parse_error=false&claims={&registration=x&login_hint=%0d%0a&identifier=%0d%0aSet-Cookie:x=y&one_time_token=%ff",
];

const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "x-very-own-method"];

/// A route with existing ids, so that malformed input gets as far as possible.
struct RouteTarget {
    method: String,
    path: String,
}

/// Every declared route. Delete routes get unknown ids, so that the entities stay.
fn route_targets(place: &SeededTenant) -> Vec<RouteTarget> {
    let calls = sample_requests();
    let first = |route: &RouteInfo| calls.iter().find(|call| call.is_of(route)).map(|call| place.request(call).path());
    let managed = management_routes().into_iter().map(|route| {
        let there = first(&route).filter(|_| route.method != "DELETE");
        RouteTarget { method: route.method.to_string(), path: there.unwrap_or(route.path.replace(['{', '}'], "")) }
    });
    let others = server::router::declared().into_iter().filter(|r| r.access != Access::Management);
    let others = others.map(|route| RouteTarget {
        method: route.method.to_string(),
        path: route.path.replace("{*rest}", "x").replace("{*target}", "x").replace(['{', '}'], ""),
    });
    managed.chain(others).collect()
}

/// All routes read headers and the size of bodies with the same code: each route gets one in so many of these, another one than its
/// neighbours.
const SHARE: usize = 4;

fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned()
}

/// The malformed requests for the route of this number, each with its description.
fn malformed_requests(app: &TestApp, (number, aim): (usize, &RouteTarget), method: &str) -> Vec<(String, TestRequest)> {
    let mut all = Vec::new();
    let path = &aim.path;
    if method != aim.method {
        return vec![(method.to_owned(), app.request(method, path).raw(b"{}"))];
    }
    let is_due = |n: usize| (n + number).is_multiple_of(SHARE);
    for (n, (kind, body)) in BODIES.iter().enumerate() {
        if body.len() > 10_000 && !is_due(n) {
            continue;
        }
        let shown = format!("{kind} {}", beginning(body));
        all.push((shown, app.request(method, path).header("content-type", kind).raw(body)));
    }
    for (_, (name, value)) in HEADERS.iter().enumerate().filter(|(n, _)| is_due(*n)) {
        let shown = format!("{name}: {}", beginning(value));
        all.push((shown, app.request(method, path).raw_header(name, value).raw(b"{}")));
    }
    for query in QUERIES {
        all.push((format!("?{query}"), app.request(method, &format!("{path}?{query}"))));
    }
    for odd in ["%FF", "%00", "%2e%2e%2f", "%E2%80%AE", "'\"--", &"x".repeat(5_000)] {
        if let Some((start, _)) = path.rsplit_once('/') {
            all.push((format!("/{odd:.20}"), app.request(method, &format!("{start}/{odd}"))));
        }
    }
    all
}

#[tokio::test]
async fn g5_g1_g2_nonsense_at_every_route_gets_an_answer_and_never_a_failure() {
    for_each_engine(async |app: TestApp| {
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let (agent, _) = during_sign_in(&app).await;
        let mut failures = Vec::new();
        let mut count = 0;
        for (number, aim) in route_targets(&place).into_iter().enumerate() {
            for method in METHODS {
                for (shown, request) in malformed_requests(&app, (number, &aim), method) {
                    // Alternates between an anonymous caller and one with full rights during a sign-in.
                    count += 1;
                    let request = match count % 2 {
                        0 => agent.add_cookies(request).bearer(&place.token),
                        _ => request,
                    };
                    let answer = request.send().await;
                    // 501 is a route's own response for protected applications, which need a proxy at the edge (M300).
                    if answer.status.is_server_error() && answer.status != 501 {
                        failures.push(format!("{method} {} {shown}: {} {}", aim.path, answer.status, answer.text()));
                    }
                }
            }
        }
        assert!(failures.is_empty(), "{:?}: {} of {count}: {failures:#?}", app.engine, failures.len());
        assert!(count > 8_000, "{count}");
        place.send(&sample_requests()[0]).await.expect(200);
    })
    .await;
}

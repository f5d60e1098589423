//! Where people signed in: the tables `user_sign_in_countries` and `user_geo_locations`, for adaptive MFA (E076, D073, D074). They
//! are written only where it is on.

use db::{DbError, params, sql};
use flow::mfa::adaptive::{Position, SeenCountry, SignInHistory, SignInPlace};
use kernel::Timestamp;
use kernel::ids::UserId;
use serde_json::{Value, json};

use crate::users::store;
use crate::work::{View, Work};

/// More than anybody lives in; the oldest are left out.
const MAX_COUNTRIES: i64 = 300;

/// What is known of the earlier sign-ins of a user.
///
/// # Errors
/// A failure of the database.
pub(super) fn history(view: &View<'_>, user_id: &UserId) -> Result<SignInHistory, DbError> {
    let countries = sql!(
        "select country, last_sign_in_at from user_sign_in_countries where tenant_id = $1 and user_id = $2 \
         order by last_sign_in_at desc limit $3"
    );
    let seen: Vec<(String, Timestamp)> =
        view.query_all(countries, params![view.tenant_id(), user_id, MAX_COUNTRIES])?;
    let position =
        sql!("select latitude, longitude, updated_at from user_geo_locations where tenant_id = $1 and user_id = $2");
    let last: Option<(i64, i64, Timestamp)> = view.query_opt(position, params![view.tenant_id(), user_id])?;
    Ok(SignInHistory {
        countries: seen
            .into_iter()
            .map(|(country, last_sign_in_at)| SeenCountry { country, last_sign_in_at })
            .collect(),
        last_position: last.map(|(latitude, longitude, at)| (Position { latitude, longitude }, at)),
        last_sign_in_at: store::find(view, user_id)?.and_then(|user| user.last_sign_in_at),
    })
}

/// Where a user signed in, for themselves.
///
/// # Errors
/// A failure of the database.
pub(crate) fn shown(view: &View<'_>, user_id: &UserId) -> Result<Value, DbError> {
    let known = history(view, user_id)?;
    let countries = known
        .countries
        .iter()
        .map(|seen| json!({"country": seen.country, "lastSignInAt": seen.last_sign_in_at.iso8601()}));
    let position = known.last_position.map(
        |(position, at)| json!({"latitude": position.latitude, "longitude": position.longitude, "at": at.iso8601()}),
    );
    Ok(json!({"countries": countries.collect::<Vec<_>>(), "lastPosition": position}))
}

/// Remembers where a user signed in.
///
/// # Errors
/// A failure of the database.
pub(super) fn remember(work: &Work<'_>, user_id: &UserId, place: &SignInPlace) -> Result<(), DbError> {
    if let Some(country) = &place.country {
        let text = sql!(
            "insert into user_sign_in_countries (tenant_id, user_id, country, last_sign_in_at) values ($1, $2, $3, $4) \
             on conflict (tenant_id, user_id, country) do update set last_sign_in_at = excluded.last_sign_in_at"
        );
        work.exec(text, params![work.tenant_id(), user_id, country, work.now()])?;
    }
    if let Some(Position { latitude, longitude }) = place.position {
        let text = sql!(
            "insert into user_geo_locations (tenant_id, user_id, latitude, longitude, updated_at) \
             values ($1, $2, $3, $4, $5) on conflict (tenant_id, user_id) do update set \
             latitude = excluded.latitude, longitude = excluded.longitude, updated_at = excluded.updated_at"
        );
        work.exec(text, params![work.tenant_id(), user_id, latitude, longitude, work.now()])?;
    }
    Ok(())
}

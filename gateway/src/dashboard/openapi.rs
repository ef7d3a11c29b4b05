//! The OpenAPI document of every route that a program would use.

use axum::Json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{observe, pages, passages, review};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "kakou",
        description = "What the gate's own page shows and does, for programs: lanes, waiting vehicles, acts, passages with their proof, statistics, health.\n\nEvery answer is bounded. Errors are `application/problem+json` and say the way out."
    ),
    paths(
        pages::api_session,
        pages::api_lanes,
        review::api_review,
        review::api_act,
        passages::find::api_passages,
        passages::story::api_story,
        observe::api_statistics,
        observe::api_health,
        observe::metrics,
        observe::healthz,
        observe::readyz,
        openapi,
    ),
    security(("session" = [])),
    modifiers(&Cookie)
)]
pub(super) struct Document;

struct Cookie;

impl Modify for Cookie {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let key = ApiKeyValue::with_description(
            super::guard::COOKIE,
            "the session's cookie, as POST /sign-in gives it",
        );
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(key)));
    }
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "operation", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json"),
))]
pub(super) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

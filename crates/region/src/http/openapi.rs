//! The OpenAPI document of every route that a program would use.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{health, orders, overview, packs, passages, stream};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "kakou-region",
        description = "What regional customs sees and asks: passages, their stories, visits across gates, conveyances, evidence packs, gates, alarms, statistics, warnings, the stream of events, and orders to the gates.\n\nEvery answer is bounded; `next` leads on. Errors are `application/problem+json` and name the parameter."
    ),
    paths(
        passages::passages,
        passages::story,
        passages::visits,
        packs::pack,
        overview::gates,
        overview::alarms,
        overview::statistics,
        overview::warnings,
        stream::stream,
        orders::orders,
        health::healthz,
        health::readyz,
        health::metrics,
        openapi,
    ),
    security(("token" = [])),
    modifiers(&Bearer)
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("a token of the token file (kakou-region token)"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// This document. Needs no token.
#[utoipa::path(get, path = "/openapi.json", tag = "operation", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json"),
))]
pub(super) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

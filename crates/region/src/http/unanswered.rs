//! A question that the store did not answer → a problem that says nothing of the inside.

use axum::http::StatusCode;
use http_door::Problem;

use crate::questions::QuestionError;
use crate::questions::brought::BroughtError;

impl From<QuestionError> for Problem {
    fn from(error: QuestionError) -> Self {
        // The cause names files and servers: it is for the log.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a question was not answered"
        );
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer; try again, the log of kakou-region says why",
        )
    }
}

impl From<BroughtError> for Problem {
    fn from(error: BroughtError) -> Self {
        match error {
            BroughtError::Unknown { said } => Self {
                parameter: Some("conveyance".to_owned()),
                ..Self::not_found(said)
            },
            BroughtError::Question(error) => error.into(),
        }
    }
}

//! One network in memory: tensors in, tensors out. Knows engines, not meanings.

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;

use crate::runtime::{Engine, Runtime};
use crate::shape;

/// Shapes for which the pure-Rust engine keeps an optimised network. Beyond it the one that was
/// not used for longest goes.
const KEPT_SHAPES: usize = 24;

/// A network cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
#[error("network {network} {step}: {reason}")]
pub struct InferenceError {
    /// Which network.
    pub network: &'static str,
    /// What was being done.
    pub step: &'static str,
    /// What the engine says.
    pub reason: String,
}

/// A dense tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

#[derive(Debug)]
pub(crate) struct Network {
    name: &'static str,
    runtime: &'static Runtime,
    /// Kept for the engine that wants one network a shape; empty for the other.
    model: Vec<u8>,
    /// Most recently used last. The shape is empty for a network that takes any.
    sessions: Vec<(Vec<usize>, Session)>,
}

impl Network {
    /// Loads `model`, the bytes of an ONNX file with one input and one output.
    pub(crate) fn load(
        name: &'static str,
        model: &[u8],
        runtime: &'static Runtime,
    ) -> Result<Self, InferenceError> {
        let mut network = Self {
            name,
            runtime,
            model: Vec::new(),
            sessions: Vec::new(),
        };
        match runtime.engine() {
            Engine::OnnxRuntime => {
                let session = network.session(model)?;
                network.sessions.push((Vec::new(), session));
            }
            Engine::Tract => network.model = model.to_vec(),
        }
        Ok(network)
    }

    /// Runs the network on one input.
    pub(crate) fn run(&mut self, input: &Tensor) -> Result<Tensor, InferenceError> {
        let name = self.name;
        let error = |step, error: ort::Error| InferenceError {
            network: name,
            step,
            reason: error.to_string(),
        };
        let session = self.session_for(&input.dims)?;
        let tensor = TensorRef::from_array_view((input.dims.clone(), input.values.as_slice()))
            .map_err(|e| error("takes its input", e))?;
        let outputs = session
            .run(ort::inputs![tensor])
            .map_err(|e| error("runs", e))?;
        let (dims, values) = outputs[0]
            .try_extract_tensor::<f32>()
            .map_err(|e| error("gives its output", e))?;
        let dims = dims
            .iter()
            .map(|&dim| usize::try_from(dim).unwrap_or(0))
            .collect();
        Ok(Tensor {
            dims,
            values: values.to_vec(),
        })
    }

    fn session_for(&mut self, dims: &[usize]) -> Result<&mut Session, InferenceError> {
        if self.runtime.engine() == Engine::Tract {
            let at = self.sessions.iter().position(|(shape, _)| shape == dims);
            let entry = match at {
                Some(at) => self.sessions.remove(at),
                None => {
                    let model = shape::with_input_shape(&self.model, dims).map_err(|error| {
                        InferenceError {
                            network: self.name,
                            step: "takes a shape",
                            reason: error.to_string(),
                        }
                    })?;
                    (dims.to_vec(), self.session(&model)?)
                }
            };
            if self.sessions.len() == KEPT_SHAPES {
                self.sessions.remove(0);
            }
            self.sessions.push(entry);
        }
        let (_, session) = self
            .sessions
            .last_mut()
            .expect("one is loaded at the start or was pushed above");
        Ok(session)
    }

    fn session(&self, model: &[u8]) -> Result<Session, InferenceError> {
        self.try_session(model).map_err(|error| InferenceError {
            network: self.name,
            step: "loads",
            reason: error.to_string(),
        })
    }

    /// One thread: a lane has its own reader, and two pictures on two threads are faster than one
    /// picture on two.
    fn try_session(&self, model: &[u8]) -> Result<Session, ort::Error> {
        let builder = Session::builder(self.runtime.environment())?;
        let builder = builder.with_intra_threads(1).map_err(plain)?;
        let builder = builder.with_optimization_level(GraphOptimizationLevel::All);
        builder.map_err(plain)?.commit_from_memory(model)
    }
}

/// An error without the builder that it carries back.
fn plain(error: ort::Error<SessionBuilder>) -> ort::Error {
    error.into()
}

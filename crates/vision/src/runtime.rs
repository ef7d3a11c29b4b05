//! Which engine runs the networks: ONNX Runtime where its library is installed, the pure-Rust
//! engine where it is not. The choice is made once a process; nothing here knows what a network
//! is for.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::environment::Environment;

/// Where the library lies by default, below a checkout or beside a package.
const LIBRARY_NAME: &str = "libonnxruntime.so";

/// The engine that runs the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// ONNX Runtime, from its shared library.
    OnnxRuntime,
    /// tract, compiled in; two to four times slower.
    Tract,
}

impl Engine {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnnxRuntime => "ONNX Runtime",
            Self::Tract => "tract",
        }
    }
}

/// Which engine to take.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// ONNX Runtime when a library is found, else tract.
    #[default]
    Best,
    /// ONNX Runtime from this file or not at all.
    Library(PathBuf),
    /// tract, whatever is installed.
    Tract,
}

impl EngineChoice {
    /// What an option or a configuration says: a library's file, `none` for tract, or nothing.
    #[must_use]
    pub fn named(library: Option<&Path>) -> Self {
        match library {
            None => Self::Best,
            Some(path) if path.as_os_str() == "none" => Self::Tract,
            Some(path) => Self::Library(path.to_owned()),
        }
    }
}

/// No engine can run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RuntimeError {
    /// The library that was named cannot be used.
    #[error("{} cannot be used as ONNX Runtime: {reason}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// What the loader says.
        reason: String,
    },
    /// No library, and the pure-Rust engine was left out of this build.
    #[error(
        "no ONNX Runtime library in {looked_in}, and this build has no pure-Rust engine; run tools/setup vision"
    )]
    NoEngine {
        /// The places.
        looked_in: String,
    },
    /// An engine was chosen before, and a process has one.
    #[error("this process already runs {running}; {wanted} was asked for")]
    AlreadyChosen {
        /// The engine that runs.
        running: &'static str,
        /// The engine that was asked for.
        wanted: &'static str,
    },
    /// The engine refused to start.
    #[error("{engine} does not start: {reason}")]
    Start {
        /// The engine.
        engine: &'static str,
        /// What it says.
        reason: String,
    },
}

/// A started engine.
#[derive(Debug)]
pub struct Runtime {
    engine: Engine,
    library: Option<PathBuf>,
    passed_over: Option<String>,
    environment: Environment,
}

static RUNTIME: OnceLock<Result<Runtime, RuntimeError>> = OnceLock::new();

impl Runtime {
    /// Starts the engine on the first call; later calls get the same one.
    ///
    /// # Errors
    /// No engine can run, or a later call asks for another engine than the one that runs.
    pub fn start(choice: &EngineChoice) -> Result<&'static Self, RuntimeError> {
        let runtime = RUNTIME
            .get_or_init(|| first_start(choice))
            .as_ref()
            .map_err(Clone::clone)?;
        let wanted = match choice {
            EngineChoice::Best => return Ok(runtime),
            EngineChoice::Library(path) if runtime.library.as_ref() == Some(path) => {
                return Ok(runtime);
            }
            EngineChoice::Tract if runtime.engine == Engine::Tract => return Ok(runtime),
            EngineChoice::Library(_) => Engine::OnnxRuntime,
            EngineChoice::Tract => Engine::Tract,
        };
        Err(RuntimeError::AlreadyChosen {
            running: runtime.engine.name(),
            wanted: wanted.name(),
        })
    }

    /// The engine that runs.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The library it came from, if it came from one.
    #[must_use]
    pub fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// Why a library that was found is not used, in words for `kakou doctor`.
    #[must_use]
    pub fn passed_over(&self) -> Option<&str> {
        self.passed_over.as_deref()
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Places where a library is looked for, best first: the variable `ORT_DYLIB_PATH`, beside the
/// program, the package's folder, and what `tools/setup vision` installs below this checkout.
#[must_use]
pub fn library_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        places.push(PathBuf::from(path));
    }
    if let Some(folder) = std::env::current_exe()
        .ok()
        .as_deref()
        .and_then(Path::parent)
    {
        places.push(folder.join(LIBRARY_NAME));
        places.push(folder.join("../lib/kakou").join(LIBRARY_NAME));
    }
    places.push(checkout().join(".tools/onnxruntime").join(LIBRARY_NAME));
    places
}

/// The checkout this was built from; on another machine it does not exist.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .and_then(Path::parent)
        .expect("the crate lies two folders below the root")
}

fn first_start(choice: &EngineChoice) -> Result<Runtime, RuntimeError> {
    let mut passed_over = None;
    match choice {
        EngineChoice::Library(path) => return with_library(path),
        EngineChoice::Best => {
            for path in library_places().into_iter().filter(|path| path.is_file()) {
                match with_library(&path) {
                    Ok(runtime) => return Ok(runtime),
                    Err(error) => {
                        passed_over.get_or_insert(error.to_string());
                    }
                }
            }
        }
        EngineChoice::Tract => {}
    }
    with_tract(passed_over)
}

fn with_library(path: &Path) -> Result<Runtime, RuntimeError> {
    let library_error = |reason: String| RuntimeError::Library {
        path: path.to_owned(),
        reason,
    };
    let builder = ort::init_from(path).map_err(|error| library_error(error.to_string()))?;
    let environment = builder
        .with_name("kakou")
        .with_telemetry(false)
        .build()
        .map_err(|error| library_error(error.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Fatal);
    Ok(Runtime {
        engine: Engine::OnnxRuntime,
        library: Some(path.to_owned()),
        passed_over: None,
        environment,
    })
}

#[cfg(feature = "tract")]
fn with_tract(passed_over: Option<String>) -> Result<Runtime, RuntimeError> {
    ort::set_api(ort_tract::api());
    let environment = ort::init()
        .with_name("kakou")
        .with_telemetry(false)
        .build()
        .map_err(|error| RuntimeError::Start {
            engine: Engine::Tract.name(),
            reason: error.to_string(),
        })?;
    Ok(Runtime {
        engine: Engine::Tract,
        library: None,
        passed_over,
        environment,
    })
}

#[cfg(not(feature = "tract"))]
fn with_tract(passed_over: Option<String>) -> Result<Runtime, RuntimeError> {
    let places: Vec<String> = library_places()
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut looked_in = places.join(", ");
    if let Some(why) = passed_over {
        looked_in = format!("{looked_in} ({why})");
    }
    Err(RuntimeError::NoEngine { looked_in })
}

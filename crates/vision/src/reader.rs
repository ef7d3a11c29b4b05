//! The networks and what is read with them. One reader serves one thread.

use crate::container::{ContainerReader, Effort, NumberSeen};
use crate::models::Models;
use crate::network::{InferenceError, Network};
use crate::picture::Picture;
use crate::plate::{PlateReader, PlateSeen};
use crate::region::overlap;
use crate::runtime::Runtime;
use crate::text::lattice::Alphabet;
use crate::text::{Detector, Recogniser};

/// What one picture shows.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Container numbers, surest first.
    pub numbers: Vec<NumberSeen>,
    /// Plates, surest first.
    pub plates: Vec<PlateSeen>,
}

/// A number at least this probable claims its place: part of it is no plate.
const CLAIM_MIN: f32 = 0.05;

/// Reads pictures. Holds its networks; make one a thread.
#[derive(Debug)]
pub struct Reader {
    detector: Detector,
    recogniser: Recogniser,
    plate_recogniser: Recogniser,
    containers: ContainerReader,
    plates: PlateReader,
}

/// Width of the plate network's input.
const PLATE_WIDTH: u32 = 160;

impl Reader {
    /// Loads the networks into a started engine.
    ///
    /// # Errors
    /// The engine refuses a network.
    pub fn new(models: &Models, runtime: &'static Runtime) -> Result<Self, InferenceError> {
        let network = |name, bytes: &[u8]| Network::load(name, bytes, runtime);
        let text_detection = network("text-detection", &models.text_detection)?;
        let text_recognition = network("text-recognition", &models.text_recognition)?;
        let plate_recognition = network("plate-recognition", &models.plate_recognition)?;
        Ok(Self {
            detector: Detector::new(text_detection),
            recogniser: Recogniser::new(
                "text-recognition",
                text_recognition,
                Alphabet::new(&models.text_alphabet),
                None,
            ),
            plate_recogniser: Recogniser::new(
                "plate-recognition",
                plate_recognition,
                Alphabet::new(&models.plate_alphabet),
                Some(PLATE_WIDTH),
            ),
            containers: ContainerReader::new(),
            plates: PlateReader::new(),
        })
    }

    /// Container numbers and plates of a picture. A plate that would stand within a container
    /// number is none.
    ///
    /// # Errors
    /// As [`Self::container_numbers`].
    pub fn look(&mut self, picture: &Picture) -> Result<Scene, InferenceError> {
        self.look_at(picture, Effort::ONLY)
    }

    /// As [`Self::look`], for one of several pictures of the same vehicle: less is tried on each,
    /// because the next one comes.
    ///
    /// # Errors
    /// As [`Self::container_numbers`].
    pub fn glance(&mut self, picture: &Picture) -> Result<Scene, InferenceError> {
        self.look_at(picture, Effort::ONE_OF_SEVERAL)
    }

    /// The container numbers in one of several pictures of a vehicle's side, which may show two.
    ///
    /// # Errors
    /// As [`Self::container_numbers`].
    pub fn glance_side(&mut self, picture: &Picture) -> Result<Vec<NumberSeen>, InferenceError> {
        self.containers.read(
            picture,
            Effort::SIDE,
            &mut self.detector,
            &mut self.recogniser,
        )
    }

    fn look_at(&mut self, picture: &Picture, effort: Effort) -> Result<Scene, InferenceError> {
        let numbers =
            self.containers
                .read(picture, effort, &mut self.detector, &mut self.recogniser)?;
        let mut plates = self.plates(picture)?;
        plates.retain(|plate| {
            !numbers.iter().any(|number| {
                number.confidence >= CLAIM_MIN
                    && overlap(&number.region.quad(), &plate.region.quad())
            })
        });
        Ok(Scene { numbers, plates })
    }

    /// The container numbers in a picture, surest first.
    ///
    /// # Errors
    /// The engine fails; the picture itself cannot make it fail.
    pub fn container_numbers(
        &mut self,
        picture: &Picture,
    ) -> Result<Vec<NumberSeen>, InferenceError> {
        self.containers.read(
            picture,
            Effort::ONLY,
            &mut self.detector,
            &mut self.recogniser,
        )
    }

    /// The plates in a whole picture, surest first.
    ///
    /// # Errors
    /// As [`Self::container_numbers`].
    pub fn plates(&mut self, picture: &Picture) -> Result<Vec<PlateSeen>, InferenceError> {
        self.plates.find(
            picture,
            &mut self.detector,
            &mut self.recogniser,
            &mut self.plate_recogniser,
        )
    }

    /// The plate that fills a picture, cut out by a camera or another detector.
    ///
    /// # Errors
    /// As [`Self::container_numbers`].
    pub fn plate_crop(&mut self, picture: &Picture) -> Result<Option<PlateSeen>, InferenceError> {
        self.plates.crop(picture, &mut self.plate_recogniser)
    }
}

//! Messages 0x82 and 0x85 of the smart gate, in UTF-8: what the back office found of a gather
//! message, and what an officer decided ⇄ XML.

use crate::jgs14::message::{ReadError, WriteError, Writer, root, wrong};
use crate::jgs14::smart_gather::{Card, SmartKey};

/// Code of what the back office found.
pub const CODE: u8 = 0x82;
/// Code of what an officer decided.
pub const OFFICER_CODE: u8 = 0x85;

/// What the back office found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SmartVerdict {
    /// `Y`: let it go.
    Release,
    /// `N`: alarm.
    Alarm,
    /// `M`: wait for an officer.
    Wait,
}

impl SmartVerdict {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Release, "Y"), (Self::Alarm, "N"), (Self::Wait, "M")];
}

/// What the back office answers to a gather message. Texts are as they travel and may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmartFeedback {
    /// Lane and exchange.
    pub key: SmartKey,
    /// The result: anything but a plain `Y` keeps the barrier down.
    pub verdict: SmartVerdict,
    /// Order to sensitive devices, as the back office wrote it.
    pub instruction: String,
    /// Code of what customs found.
    pub finding_code: String,
    /// The same in words, for the officer.
    pub finding: String,
    /// Code of what failed technically.
    pub fault_code: String,
    /// The same in words.
    pub fault: String,
    /// When it was decided.
    pub at: String,
    /// The driver's card.
    pub card: Card,
    /// Vehicle's number with customs.
    pub vehicle_no: String,
    /// Plate.
    pub plate: String,
    /// Hong Kong, Macao or foreign plate.
    pub foreign_plate: String,
    /// Driver's number with customs.
    pub driver_no: String,
    /// Container.
    pub container: String,
    /// Form that it was decided by.
    pub form_id: String,
    /// What to tell the operator.
    pub hint: String,
    /// What to show the driver.
    pub led_hint: String,
}

impl SmartFeedback {
    /// The answer to an exchange.
    #[must_use]
    pub fn to(key: &SmartKey, verdict: SmartVerdict, hint: &str) -> Self {
        let empty = String::new;
        Self {
            key: key.clone(),
            verdict,
            instruction: empty(),
            finding_code: empty(),
            finding: empty(),
            fault_code: empty(),
            fault: empty(),
            at: empty(),
            card: Card::default(),
            vehicle_no: empty(),
            plate: empty(),
            foreign_plate: empty(),
            driver_no: empty(),
            container: empty(),
            form_id: empty(),
            hint: hint.to_owned(),
            led_hint: empty(),
        }
    }

    /// Reads the document.
    ///
    /// # Errors
    /// No such message, or without exchange or result.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "GATHER_FEEDBACK")?;
        let raw = root.at(&["CHECK_RESULT"]);
        let mut all = SmartVerdict::ALL.into_iter();
        let verdict = all.find(|(_, code)| *code == raw);
        let (verdict, _) = verdict.ok_or_else(|| wrong(&root, "CHECK_RESULT", raw))?;
        let text = |name| root.at(&[name]).to_owned();
        let of_vehicle = |name| root.at(&["VE_INFO", name]).to_owned();
        Ok(Self {
            key: SmartKey::of(&root)?,
            verdict,
            instruction: text("INSTRUCTION"),
            finding_code: text("PROC_ERROR_CODE"),
            finding: text("PROC_ERROR_DESCRIPTION"),
            fault_code: text("TECH_ERROR_CODE"),
            fault: text("TECH_ERROR_DESCRIPTION"),
            at: text("FEEDBACK_TIME"),
            card: Card::of(&root),
            vehicle_no: of_vehicle("VE_CUSTOMS_NO"),
            plate: of_vehicle("VE_LICENSE_NO"),
            foreign_plate: of_vehicle("VE_LICENSE_NO2"),
            driver_no: of_vehicle("DR_CUSTOMS_NO"),
            container: text("CONTA_ID"),
            form_id: root.at(&["FORM_INFO", "FORM_ID"]).to_owned(),
            hint: text("OP_HINT"),
            led_hint: text("LED_HINT"),
        })
    }

    /// The document in UTF-8, with every element of the standard.
    ///
    /// # Errors
    /// A control character.
    pub fn document(&self) -> Result<Vec<u8>, WriteError> {
        let mut all = SmartVerdict::ALL.iter();
        let code = all.find(|(verdict, _)| *verdict == self.verdict);
        let mut writer = Writer::plain("UTF-8", "GATHER_FEEDBACK");
        self.key.write(&mut writer);
        writer
            .empty(&["RELLIST_TYPE", "RELLIST_ID_TYPE", "RELLIST_ID"])
            .text("FEEDBACK_TIME", &self.at)
            .text("CHECK_RESULT", code.expect("all are listed").1)
            .text("INSTRUCTION", &self.instruction)
            .text("PROC_ERROR_CODE", &self.finding_code)
            .text("PROC_ERROR_DESCRIPTION", &self.finding)
            .text("TECH_ERROR_CODE", &self.fault_code)
            .text("TECH_ERROR_DESCRIPTION", &self.fault);
        self.card.write(&mut writer);
        writer
            .group("VE_INFO", |vehicle| {
                vehicle
                    .text("VE_CUSTOMS_NO", &self.vehicle_no)
                    .text("VE_LICENSE_NO", &self.plate)
                    .text("VE_LICENSE_NO2", &self.foreign_plate)
                    .text("DR_CUSTOMS_NO", &self.driver_no)
                    .empty(&["DR_NAME", "TRAILER_ID", "WEIGHT_DIFF"])
                    .empty(&["CHANNEL_WEIGHT", "GROSS_WEIGHT", "VEHICLE_WEIGHT"]);
            })
            .text("CONTA_ID", &self.container)
            .empty(&["ESEAL_ID", "SEAL_ID"])
            .group("FORM_INFO", |form| {
                form.text("FORM_TYPE", "")
                    .text("FORM_ID", &self.form_id)
                    .text("MASTER_CUSTOMS_CODE", "");
            })
            .empty(&["PACK_NO", "DECL_PACK", "DECL_GOODS_WEIGHT"])
            .text("OP_HINT", &self.hint)
            .text("LED_HINT", &self.led_hint)
            .text("EXTENDED_CONTENT", "");
        writer.document()
    }
}

/// What an officer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfficerVerdict {
    /// Let it go.
    Release,
    /// Alarm: to inspection.
    Inspect,
    /// Send it back.
    Return,
}

impl OfficerVerdict {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Release, "1"),
        (Self::Inspect, "2"),
        (Self::Return, "3"),
    ];
}

/// What an officer decided of an exchange that waited (0x85).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerCheck {
    /// Lane and exchange.
    pub key: SmartKey,
    /// What was decided.
    pub verdict: OfficerVerdict,
    /// Why.
    pub comment: String,
    /// Who.
    pub officer: String,
}

impl OfficerCheck {
    /// Reads the document.
    ///
    /// # Errors
    /// No such message, or without exchange or result.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "MANUAL_CHECK")?;
        let raw = root.at(&["CHECK_RESULT"]);
        let mut all = OfficerVerdict::ALL.into_iter();
        let verdict = all.find(|(_, code)| *code == raw);
        let (verdict, _) = verdict.ok_or_else(|| wrong(&root, "CHECK_RESULT", raw))?;
        Ok(Self {
            key: SmartKey::of(&root)?,
            verdict,
            comment: root.at(&["COMMENT"]).to_owned(),
            officer: root.at(&["OPERATOR_ID"]).to_owned(),
        })
    }

    /// The document in UTF-8.
    ///
    /// # Errors
    /// A control character.
    pub fn document(&self) -> Result<Vec<u8>, WriteError> {
        let mut all = OfficerVerdict::ALL.iter();
        let code = all.find(|(verdict, _)| *verdict == self.verdict);
        let mut writer = Writer::plain("UTF-8", "MANUAL_CHECK");
        self.key.write(&mut writer);
        writer
            .text("CHECK_RESULT", code.expect("all are listed").1)
            .text("COMMENT", &self.comment)
            .text("OPERATOR_ID", &self.officer);
        writer.document()
    }
}

//! Stable reason codes of findings, and the short notices shown to a driver.

/// Languages of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// One line in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

macro_rules! reason_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why a rule came to its outcome. Codes are append-only: journals carry them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReasonCode {
            $($(#[$doc])* $name,)*
        }

        impl ReasonCode {
            /// Every code.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];

            /// Stable text of the code: the rule in lower case, a dot, the reason.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reason_codes! {
    /// The rule is satisfied.
    Satisfied = "satisfied",
    /// The policy or a degraded mode does not apply the rule here.
    NotApplied = "not_applied",
    /// The policy or a degraded mode leaves the rule to a person.
    ByPerson = "by_person",
    /// A rule came to no result; held as a fault of the software.
    NoFinding = "no_finding",
    /// No pass to compare the vehicle with.
    R1NoPass = "r1.no_pass",
    /// No electronic plate answered.
    R1TagMissing = "r1.tag_missing",
    /// The electronic plate was read too seldom, or not during the stay.
    R1TagUnsure = "r1.tag_unsure",
    /// The electronic plate was read in another lane as well.
    R1TagSeenElsewhere = "r1.tag_seen_elsewhere",
    /// The electronic plate is recorded on no vehicle.
    R1TagUnknown = "r1.tag_unknown",
    /// The vehicle is recorded with another electronic plate.
    R1TagNotOnRecord = "r1.tag_not_on_record",
    /// More than one vehicle's electronic plate was read surely.
    R1SeveralTags = "r1.several_tags",
    /// No front plate was read.
    R1PlateMissing = "r1.plate_missing",
    /// The front plate was read without certainty.
    R1PlateUnsure = "r1.plate_unsure",
    /// Two different front plates were read surely.
    R1SeveralPlates = "r1.several_plates",
    /// The plate read is not the one on the pass.
    R1PlateNotOnPass = "r1.plate_not_on_pass",
    /// Electronic and painted plate are both sure and name different vehicles.
    R1TagAndPlateDiffer = "r1.tag_and_plate_differ",
    /// Electronic and painted plate agree on a vehicle that the pass does not name.
    R1PassOfAnother = "r1.pass_of_another",
    /// The trailer's plate was not read.
    R1TrailerMissing = "r1.trailer_missing",
    /// The trailer's plate was read without certainty.
    R1TrailerUnsure = "r1.trailer_unsure",
    /// The trailer's plate is not the one on the pass.
    R1TrailerDiffers = "r1.trailer_differs",
    /// A trailer was seen and the pass names none.
    R1TrailerNotOnPass = "r1.trailer_not_on_pass",
    /// The vehicle was not identified surely, so no recordation can be found.
    R2Unidentified = "r2.unidentified",
    /// The gate holds no ledger to look the vehicle up in.
    R2LedgerMissing = "r2.ledger_missing",
    /// The ledger copy is older than the limit.
    R2LedgerStale = "r2.ledger_stale",
    /// Vehicle or trailer has no recordation.
    R2NotRecorded = "r2.not_recorded",
    /// The recordation found is of another vehicle.
    R2RecordOfAnother = "r2.record_of_another",
    /// The recordation is suspended.
    R2Suspended = "r2.suspended",
    /// The recordation is revoked.
    R2Revoked = "r2.revoked",
    /// The recordation has expired.
    R2Expired = "r2.expired",
    /// The recordation is not valid yet.
    R2NotYetValid = "r2.not_yet_valid",
    /// The recordation expires soon.
    R2ExpiresSoon = "r2.expires_soon",
    /// The recorded class cannot do what the pass says.
    R2ClassNotAllowed = "r2.class_not_allowed",
    /// No pass to compare company and driver with.
    R3NoPass = "r3.no_pass",
    /// The company of the pass has no recordation here.
    R3CompanyMissing = "r3.company_missing",
    /// The company recordation is not that of the pass.
    R3CompanyOfAnother = "r3.company_of_another",
    /// The company is suspended.
    R3CompanySuspended = "r3.company_suspended",
    /// The company's recordation is revoked.
    R3CompanyRevoked = "r3.company_revoked",
    /// The company's recordation is not valid today.
    R3CompanyExpired = "r3.company_expired",
    /// The vehicle is recorded for another company than the pass.
    R3VehicleOfAnother = "r3.vehicle_of_another",
    /// No driver presented a card.
    R3DriverMissing = "r3.driver_missing",
    /// The driver has no recordation here.
    R3DriverUnknown = "r3.driver_unknown",
    /// The driver recordation is not that of the driver presented.
    R3DriverRecordOfAnother = "r3.driver_record_of_another",
    /// The pass is bound to another driver.
    R3DriverNotOnPass = "r3.driver_not_on_pass",
    /// The driver is not on the vehicle's list.
    R3DriverNotListed = "r3.driver_not_listed",
    /// The driver belongs to another company.
    R3DriverOfAnother = "r3.driver_of_another",
    /// The driver's recordation is suspended or revoked.
    R3DriverNotActive = "r3.driver_not_active",
    /// The driver's recordation is not valid today.
    R3DriverExpired = "r3.driver_expired",
    /// The recordation of company or driver expires soon.
    R3ExpiresSoon = "r3.expires_soon",
    /// No gate pass names this vehicle here.
    R4NoPass = "r4.no_pass",
    /// Several open passes fit the vehicle.
    R4SeveralPasses = "r4.several_passes",
    /// This site has no recordation in the ledger, or another site's was found.
    R4PremisesUnknown = "r4.premises_unknown",
    /// This site's recordation is not in force.
    R4PremisesNotActive = "r4.premises_not_active",
    /// The pass is for another site.
    R4WrongPremises = "r4.wrong_premises",
    /// The pass is for the other direction.
    R4WrongDirection = "r4.wrong_direction",
    /// The pass does not name this lane.
    R4WrongLane = "r4.wrong_lane",
    /// Before the pass window and its grace.
    R4TooEarly = "r4.too_early",
    /// After the pass window and its grace.
    R4TooLate = "r4.too_late",
    /// Outside the pass window, within its grace.
    R4WithinGrace = "r4.within_grace",
    /// The pass is revoked or suspended.
    R4Revoked = "r4.revoked",
    /// The pass has been used.
    R4Used = "r4.used",
    /// Another lane has reserved the pass.
    R4ReservedElsewhere = "r4.reserved_elsewhere",
    /// The pass was issued later than now.
    R4IssuedInFuture = "r4.issued_in_future",
    /// No pass, so the goods are not known.
    R5NoPass = "r5.no_pass",
    /// The gate holds no ledger.
    R5LedgerMissing = "r5.ledger_missing",
    /// The ledger copy is older than the limit, or dated in the future.
    R5LedgerStale = "r5.ledger_stale",
    /// The ledger was not asked about a consignment of the pass.
    R5EntryMissing = "r5.entry_missing",
    /// A consignment of the pass is not in the ledger.
    R5NotInLedger = "r5.not_in_ledger",
    /// The ledger entry is of another consignment.
    R5EntryOfAnother = "r5.entry_of_another",
    /// A consignment is being amended.
    R5UnderAmendment = "r5.under_amendment",
    /// A consignment was amended after the pass was built.
    R5AmendedAfterPass = "r5.amended_after_pass",
    /// A consignment is not cleared.
    R5NotCleared = "r5.not_cleared",
    /// A consignment is refused or seized.
    R5Refused = "r5.refused",
    /// More than what is left of a consignment would be drawn.
    R5Overdrawn = "r5.overdrawn",
    /// A share on the pass is not a quantity.
    R5ShareInvalid = "r5.share_invalid",
    /// A consignment stands on containers that the pass does not carry.
    R5OtherContainer = "r5.other_container",
    /// No pass to compare containers with.
    R6NoPass = "r6.no_pass",
    /// A container of the pass was not read.
    R6Missing = "r6.missing",
    /// A container number was read without certainty.
    R6Unsure = "r6.unsure",
    /// A container number differs in one character from the pass.
    R6OneCharacter = "r6.one_character",
    /// A container that is not on the pass was read without certainty.
    R6UnsureExtra = "r6.unsure_extra",
    /// A container that is not on the pass was read surely.
    R6NotOnPass = "r6.not_on_pass",
    /// The size-type code read is not the recorded one.
    R6SizeTypeDiffers = "r6.size_type_differs",
    /// The container's recordation is not in force.
    R6NotActive = "r6.not_active",
    /// No pass, so no declaration.
    R7NoPass = "r7.no_pass",
    /// The pass contradicts itself about empty and loaded.
    R7DeclarationContradicts = "r7.declaration_contradicts",
    /// Nothing shows whether the vehicle is loaded.
    R7NotMeasured = "r7.not_measured",
    /// Loaded though declared empty.
    R7LoadedDeclaredEmpty = "r7.loaded_declared_empty",
    /// Empty though declared loaded.
    R7EmptyDeclaredLoaded = "r7.empty_declared_loaded",
    /// Scan and declaration disagree on empty or loaded.
    R7ScanDisagrees = "r7.scan_disagrees",
    /// No pass, so the seals are not known.
    R8NoPass = "r8.no_pass",
    /// A seal of the pass was not read.
    R8NotRead = "r8.not_read",
    /// A seal could not be read.
    R8Unreadable = "r8.unreadable",
    /// Reopened and resealed, with a record of an authority.
    R8Resealed = "r8.resealed",
    /// A seal of the pass hangs on another container.
    R8OtherContainer = "r8.other_container",
    /// A seal number is not the one on the pass.
    R8NumberDiffers = "r8.number_differs",
    /// A seal is missing.
    R8Absent = "r8.absent",
    /// A seal answers but is not closed.
    R8Open = "r8.open",
    /// A seal is cut or altered.
    R8Tampered = "r8.tampered",
    /// A seal was opened since it was set, without a record.
    R8OpenedSinceSet = "r8.opened_since_set",
    /// No pass, so the expected weight is not known.
    R9NoPass = "r9.no_pass",
    /// No weight.
    R9Missing = "r9.missing",
    /// The weight did not become stable.
    R9Unstable = "r9.unstable",
    /// The scale was not at zero before the vehicle.
    R9ZeroFault = "r9.zero_fault",
    /// The scale did not rise from zero.
    R9NoRise = "r9.no_rise",
    /// The scale was out of range.
    R9OutOfRange = "r9.out_of_range",
    /// The weighing does not fall into the vehicle's stay.
    R9OtherTime = "r9.other_time",
    /// A tare is not recorded, so the expected weight is not known.
    R9TareUnknown = "r9.tare_unknown",
    /// The declared cargo is not a quantity.
    R9DeclaredInvalid = "r9.declared_invalid",
    /// Two weighings of this passage differ by more than the tolerance.
    R9ReweighDiffers = "r9.reweigh_differs",
    /// The weight is outside the tolerance.
    R9OutsideBand = "r9.outside_band",
    /// The weight is far outside the tolerance.
    R9FarOutside = "r9.far_outside",
    /// No weight to compare with the legal limit.
    R10NotMeasured = "r10.not_measured",
    /// The number of axles is not recorded.
    R10AxlesUnknown = "r10.axles_unknown",
    /// The policy has no legal limit for this number of axles.
    R10NoLimit = "r10.no_limit",
    /// Axles measured and recorded differ in number.
    R10AxleCount = "r10.axle_count",
    /// Above the legal gross.
    R10GrossAbove = "r10.gross_above",
    /// An axle load is above the legal limit.
    R10AxleAbove = "r10.axle_above",
    /// The gate has never received directives.
    R11ListMissing = "r11.list_missing",
    /// Directives are older than the limit, or dated in the future.
    R11ListStale = "r11.list_stale",
    /// A document check is ordered.
    R11DocumentCheck = "r11.document_check",
    /// A document check is ordered silently.
    R11DocumentCheckSilent = "r11.document_check_silent",
    /// An inspection is ordered.
    R11Inspect = "r11.inspect",
    /// An inspection is ordered silently.
    R11InspectSilent = "r11.inspect_silent",
    /// The vehicle, its goods or its people are to be kept.
    R11Detain = "r11.detain",
    /// To be kept, silently.
    R11DetainSilent = "r11.detain_silent",
    /// A scan is ordered and not met.
    R11ScanRequired = "r11.scan_required",
    /// A scan is ordered silently and not met.
    R11ScanRequiredSilent = "r11.scan_required_silent",
    /// A watchlist entry stands among the directives.
    R11WatchMisplaced = "r11.watch_misplaced",
    /// A required scan is missing.
    R12Missing = "r12.missing",
    /// A scan has not been judged.
    R12Pending = "r12.pending",
    /// A scan was judged by software alone.
    R12MachineOnly = "r12.machine_only",
    /// Software marks a place in the scan; no officer has looked.
    R12MachineFinding = "r12.machine_finding",
    /// The mass on the scan is not the declared one.
    R12MassDiffers = "r12.mass_differs",
    /// The load on the scan is not like the declared goods.
    R12GoodsDiffer = "r12.goods_differ",
    /// A scan does not belong to this visit.
    R12TooOld = "r12.too_old",
    /// A scan is joined to another vehicle, or to none.
    R12OtherVehicle = "r12.other_vehicle",
    /// A scan is of a container that is not on the pass.
    R12OtherBox = "r12.other_box",
    /// The image judged is not the image captured.
    R12HashDiffers = "r12.hash_differs",
    /// The scan shows something.
    R12Finding = "r12.finding",
    /// The radiation portal did not speak.
    R13Missing = "r13.missing",
    /// A radiation alarm was found benign.
    R13Adjudicated = "r13.adjudicated",
    /// A radiation alarm has not been judged.
    R13Alarm = "r13.alarm",
    /// No tracker reported the bonded journey.
    R14NoReport = "r14.no_report",
    /// The route of the pass has fewer than two points.
    R14CorridorInvalid = "r14.corridor_invalid",
    /// The tracker does not say which vehicle it is on.
    R14Unbound = "r14.unbound",
    /// The tracker is bound to another vehicle.
    R14OtherPlate = "r14.other_plate",
    /// The tracker was silent longer than allowed.
    R14Gap = "r14.gap",
    /// The tracker's times are wrong.
    R14WrongTime = "r14.wrong_time",
    /// The tracker repeats one position while it reports speed.
    R14Frozen = "r14.frozen",
    /// The tracker jumped farther than a vehicle can drive.
    R14Jump = "r14.jump",
    /// The track does not begin where the route begins.
    R14StartMissing = "r14.start_missing",
    /// The journey began before its window.
    R14StartedEarly = "r14.started_early",
    /// The vehicle is late, within grace.
    R14Late = "r14.late",
    /// The vehicle is later than the grace.
    R14TooLate = "r14.too_late",
    /// The vehicle stopped on the way longer than allowed.
    R14LongStop = "r14.long_stop",
    /// The vehicle left the route.
    R14Deviation = "r14.deviation",
    /// The tracker is not where the vehicle is.
    R14Elsewhere = "r14.elsewhere",
    /// Tracker or lock reported tampering.
    R14Tampered = "r14.tampered",
    /// The lock was opened on the way.
    R14Opened = "r14.opened",
    /// The visit cannot be looked up.
    R15Unknown = "r15.unknown",
    /// Exit without a recorded entry.
    R15ExitWithoutEntry = "r15.exit_without_entry",
    /// Entry though the last entry has no exit.
    R15AlreadyInside = "r15.already_inside",
    /// The recorded entry is later than now.
    R15EntryInFuture = "r15.entry_in_future",
    /// A stage was skipped by an officer's order.
    R15StageSkipped = "r15.stage_skipped",
    /// A stage was not done.
    R15StageMissing = "r15.stage_missing",
    /// The watchlist is missing or older than the limit.
    R16ListStale = "r16.list_stale",
    /// One character off a watchlist entry.
    R16Fuzzy = "r16.fuzzy",
    /// One character off a silent watchlist entry.
    R16FuzzySilent = "r16.fuzzy_silent",
    /// On the watchlist.
    R16Exact = "r16.exact",
    /// On the watchlist, silently.
    R16ExactSilent = "r16.exact_silent",
    /// A degraded mode is in force.
    R17Degraded = "r17.degraded",
    /// A degraded mode is declared but has ended, not begun, or is too long.
    R17DegradedVoid = "r17.degraded_void",
    /// A required device is not known in this lane.
    R17DeviceMissing = "r17.device_missing",
    /// A device is silent or lost.
    R17DeviceNotLive = "r17.device_not_live",
    /// A device declares its readings void.
    R17DeviceVoid = "r17.device_void",
    /// The verification of an instrument has ended.
    R17VerificationEnded = "r17.verification_ended",
    /// Nothing says that the scale is verified.
    R17VerificationUnknown = "r17.verification_unknown",
    /// The weight came from a scale that the lane does not know.
    R17ScaleUnknown = "r17.scale_unknown",
    /// No source vouches for the clock.
    R17ClockUnsynchronised = "r17.clock_unsynchronised",
    /// The clock ran backwards during the stay.
    R17ClockJumped = "r17.clock_jumped",
    /// Drawn for a random recheck.
    R18Drawn = "r18.drawn",
    /// The draw is outside 0 to 999.
    R18DrawInvalid = "r18.draw_invalid",
    /// A second vehicle followed under the arm.
    R19TailFollowing = "r19.tail_following",
    /// A vehicle went through without a raise.
    R19RunThrough = "r19.run_through",
    /// More than one vehicle is in the lane.
    R19SeveralVehicles = "r19.several_vehicles",
    /// It is not sure that one vehicle is in the lane.
    R19AmbiguousCount = "r19.ambiguous_count",
    /// The arm was up before any decision.
    R19ArmWasUp = "r19.arm_was_up",
    /// A loop or beam is stuck.
    R19SensorStuck = "r19.sensor_stuck",
    /// The gate controller restarted during the stay.
    R19ControllerRestarted = "r19.controller_restarted",
    /// The gateway restarted during the stay.
    R19GatewayRestarted = "r19.gateway_restarted",
}

impl ReasonCode {
    /// The code named `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == text)
    }

    /// Whether driver and clerk must not learn of it; only officers are shown the finding.
    #[must_use]
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::R11DocumentCheckSilent
                | Self::R11InspectSilent
                | Self::R11DetainSilent
                | Self::R11ScanRequiredSilent
                | Self::R11WatchMisplaced
                | Self::R16FuzzySilent
                | Self::R16ExactSilent
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        let mut seen = std::collections::BTreeSet::new();
        for reason in ReasonCode::ALL {
            assert!(seen.insert(reason.code()), "{} twice", reason.code());
            assert_eq!(ReasonCode::parse(reason.code()), Some(reason));
        }
        assert_eq!(ReasonCode::parse("r99.nothing"), None);
    }
}

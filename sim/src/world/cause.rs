//! What can be wrong with a passage, by name. Knows what each is called and what it means in
//! truth; staging it is `stage`'s business.

/// Whether a vehicle may be released, in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Legality {
    /// Nothing is wrong: it may go without a person.
    Unattended,
    /// Nothing is wrong that a person could not settle at the lane, but a machine cannot know.
    ByPerson,
    /// It must not go unless customs lifts the hold.
    Never,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $legality:ident,)+) => {
        /// A named cause of an exception.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ExceptionCause { $($(#[$doc])* $name,)+ }

        impl ExceptionCause {
            /// Every cause, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Stable lower-case name, for arguments and tables.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What the cause alone makes of an otherwise clean vehicle.
            #[must_use]
            pub const fn legality(self) -> Legality {
                match self { $(Self::$name => Legality::$legality,)+ }
            }
        }
    };
}

causes! {
    /// The e-plate is dead or gone.
    TagMissing = "tag_missing" ByPerson,
    /// The e-plate belongs to another vehicle.
    TagSwapped = "tag_swapped" Never,
    /// Mud on the plates.
    PlateUnreadable = "plate_unreadable" ByPerson,
    /// The painted plate is another vehicle's.
    PlateMismatch = "plate_mismatch" Never,
    /// A container that is not on the pass.
    WrongContainer = "wrong_container" Never,
    /// A container of the pass is not on the vehicle.
    ContainerMissing = "container_missing" Never,
    /// A seal is cut or open.
    SealBroken = "seal_broken" Never,
    /// A seal is gone.
    SealMissing = "seal_missing" Never,
    /// A closed seal with another number.
    SealMismatch = "seal_mismatch" Never,
    /// Much more cargo than declared.
    Overweight = "overweight" Never,
    /// Hidden cargo, just beyond the tolerance.
    UnderDeclared = "under_declared" Never,
    /// A container declared empty holds cargo.
    EmptyDeclaredLoaded = "empty_declared_loaded" Never,
    /// No pass for the vehicle.
    NoPass = "no_pass" Never,
    /// The pass was used by an earlier passage.
    PassUsed = "pass_used" Never,
    /// The pass names another site.
    PassWrongSite = "pass_wrong_site" Never,
    /// The pass ran out hours ago.
    PassExpired = "pass_expired" Never,
    /// Customs revoked the pass.
    PassRevoked = "pass_revoked" Never,
    /// The vehicle's recordation is suspended.
    VehicleSuspended = "vehicle_suspended" Never,
    /// The company's recordation is suspended.
    CompanySuspended = "company_suspended" Never,
    /// The driver is recorded, but not for this vehicle.
    DriverUnlisted = "driver_unlisted" ByPerson,
    /// Goods that customs has not cleared.
    ConsignmentNotCleared = "consignment_not_cleared" Never,
    /// Goods whose declaration is being amended.
    ConsignmentAmended = "consignment_amended" Never,
    /// More is taken of a consignment than is left.
    OverDraw = "over_draw" Never,
    /// A standing order to inspect.
    DirectiveInspect = "directive_inspect" Never,
    /// An order to inspect that arrives after the decision and before the barrier.
    DirectiveBetweenDecisionAndBarrier = "directive_between" Never,
    /// The officer found something in the scan.
    ScanFinding = "scan_finding" Never,
    /// The required scan has no verdict yet.
    ScanPending = "scan_pending" Never,
    /// The radiation portal alarms.
    RadiationAlarm = "radiation_alarm" Never,
    /// The bonded journey left its corridor.
    RouteDeviation = "route_deviation" Never,
    /// The tracker is somewhere else.
    TrackerElsewhere = "tracker_elsewhere" Never,
    /// Leaves without ever having entered.
    ExitWithoutEntry = "exit_without_entry" Never,
    /// Comes in although it has not left since it last came in.
    StillInside = "still_inside" ByPerson,
    /// The plate is on the watchlist.
    WatchlistExact = "watchlist_exact" Never,
    /// A plate one character off is on the watchlist.
    WatchlistFuzzy = "watchlist_fuzzy" ByPerson,
    /// A second vehicle follows under the raised arm.
    TailFollowing = "tail_following" Unattended,
    /// The vehicle drives through the lowered arm.
    RunThrough = "run_through" Never,
    /// The vehicle backs out of the lane.
    ReverseOut = "reverse_out" Never,
    /// The reader also hears the tag of a vehicle in the next lane.
    NeighbourTag = "neighbour_tag" Unattended,
    /// Something lies on the scale before the vehicle comes.
    DebrisOnScale = "debris_on_scale" ByPerson,
    /// The load swings; the weight never stands.
    UnstableLoad = "unstable_load" ByPerson,
    /// Honestly declared, but above the legal gross.
    OverLegalLimit = "over_legal_limit" Never,
    /// Two vehicles with the same plates and tag at two lanes at once.
    TwoLanesSamePass = "two_lanes_same_pass" Never,
}

impl ExceptionCause {
    /// The cause named `code`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.code() == code)
    }

    /// Whether no exit follows an entry with this cause: the vehicle is not let in, or the
    /// cause (an entry of the watchlist) would still hold when it leaves.
    #[must_use]
    pub const fn ends_the_visit(self) -> bool {
        matches!(self.legality(), Legality::Never) || matches!(self, Self::WatchlistFuzzy)
    }
}

//! Every reason code → a short phrase in both languages and the way out of it.

use domain::reason::ReasonCode;

use super::ways::Way;

/// Words of one reason.
pub(super) struct Phrase {
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) way: Way,
}

macro_rules! phrases {
    ($($reason:ident: $zh:literal, $en:literal, $way:ident;)*) => {
        /// The words of `reason`. A reason without words does not compile.
        pub(super) const fn phrase(reason: ReasonCode) -> Phrase {
            match reason {
                $(ReasonCode::$reason => Phrase { zh: $zh, en: $en, way: Way::$way },)*
            }
        }
    };
}

phrases! {
    Satisfied: "符合", "satisfied", Nothing;
    NotApplied: "本规则未适用", "the rule is not applied here", Nothing;
    ByPerson: "本项由人工查验", "this check is done by a person", PersonChecks;
    NoFinding: "系统故障，规则无结果", "software fault: the rule gave no result", CallTechnician;
    R1NoPass: "无核放单可比对车辆身份", "no pass to compare the vehicle with", ComparePhoto;
    R1TagMissing: "未读到电子车牌", "no electronic plate read", Reread;
    R1TagUnsure: "电子车牌读取不可靠", "electronic plate read without certainty", Reread;
    R1TagSeenElsewhere: "电子车牌同时在其他车道读到", "electronic plate also read in another lane", ClearLane;
    R1TagUnknown: "电子车牌未备案", "electronic plate not recorded on any vehicle", RenewTag;
    R1TagNotOnRecord: "电子车牌与车辆备案不符", "electronic plate differs from the recordation", RenewTag;
    R1SeveralTags: "读到多辆车的电子车牌", "electronic plates of several vehicles read", ClearLane;
    R1PlateMissing: "未读到前车牌", "no front plate read", CleanPlate;
    R1PlateUnsure: "前车牌识别不可靠", "front plate read without certainty", CleanPlate;
    R1SeveralPlates: "读到两个不同前车牌", "two different front plates read", ClearLane;
    R1PlateNotOnPass: "车牌与核放单不符", "plate is not the one on the pass", ComparePhoto;
    R1TagAndPlateDiffer: "电子车牌与车牌不一致", "electronic and painted plate name different vehicles", CustomsOfficer;
    R1PassOfAnother: "核放单属于另一车辆", "the pass is for another vehicle", CustomsOfficer;
    R1TrailerMissing: "未读到挂车号牌", "trailer plate not read", CleanPlate;
    R1TrailerUnsure: "挂车号牌识别不可靠", "trailer plate read without certainty", CleanPlate;
    R1TrailerDiffers: "挂车与核放单不符", "trailer is not the one on the pass", AmendPass;
    R1TrailerNotOnPass: "核放单未列挂车", "a trailer that the pass does not name", AmendPass;
    R2Unidentified: "车辆身份未确认", "vehicle not identified", Reread;
    R2LedgerMissing: "卡口无台账，无法核对车辆备案", "no ledger to look the vehicle up in", WaitForLedger;
    R2LedgerStale: "台账过期，车辆备案无法确认", "ledger too old for the vehicle's recordation", WaitForLedger;
    R2NotRecorded: "车辆未备案", "vehicle not recorded", RenewRecord;
    R2RecordOfAnother: "备案属于另一车辆", "recordation found is of another vehicle", CallTechnician;
    R2Suspended: "车辆备案暂停", "vehicle suspended", RenewRecord;
    R2Revoked: "车辆备案注销", "vehicle's recordation revoked", RenewRecord;
    R2Expired: "车辆备案过期", "vehicle's recordation expired", RenewRecord;
    R2NotYetValid: "车辆备案未生效", "vehicle's recordation not valid yet", RenewRecord;
    R2ExpiresSoon: "车辆备案即将到期", "vehicle's recordation expires soon", RenewRecord;
    R2ClassNotAllowed: "车辆类别不符", "vehicle class not allowed", AmendPass;
    R3NoPass: "无核放单可比对企业和驾驶员", "no pass to compare company and driver with", ShowPapers;
    R3CompanyMissing: "企业备案未查到", "company's recordation not found", RenewRecord;
    R3CompanyOfAnother: "企业与核放单不符", "company is not that of the pass", CallTechnician;
    R3CompanySuspended: "企业备案暂停", "company suspended", RenewRecord;
    R3CompanyRevoked: "企业备案注销", "company's recordation revoked", RenewRecord;
    R3CompanyExpired: "企业备案不在有效期", "company's recordation not valid today", RenewRecord;
    R3VehicleOfAnother: "车辆属于另一企业", "vehicle is recorded for another company", AmendPass;
    R3DriverMissing: "未刷驾驶员卡", "no driver's card presented", PresentCard;
    R3DriverUnknown: "驾驶员未备案", "driver not recorded", RightDriver;
    R3DriverRecordOfAnother: "驾驶员备案属于另一人", "driver recordation is of another person", CallTechnician;
    R3DriverNotOnPass: "驾驶员与核放单不符", "driver is not the one on the pass", RightDriver;
    R3DriverNotListed: "驾驶员不在车辆名单", "driver not on the vehicle's list", RightDriver;
    R3DriverOfAnother: "驾驶员属于另一企业", "driver belongs to another company", RightDriver;
    R3DriverNotActive: "驾驶员备案暂停或注销", "driver's recordation suspended or revoked", RightDriver;
    R3DriverExpired: "驾驶员备案不在有效期", "driver's recordation not valid today", RightDriver;
    R3ExpiresSoon: "企业或驾驶员备案即将到期", "recordation of company or driver expires soon", RenewRecord;
    R4NoPass: "无核放单", "no gate pass", AmendPass;
    R4SeveralPasses: "多份核放单符合", "several gate passes fit", ChoosePass;
    R4PremisesUnknown: "本场所备案未查到", "this site's recordation not found", WaitForLedger;
    R4PremisesNotActive: "本场所备案无效", "this site's recordation not in force", CustomsOfficer;
    R4WrongPremises: "场所错误", "wrong site", RightGate;
    R4WrongDirection: "进出方向错误", "wrong direction", AmendPass;
    R4WrongLane: "车道错误", "wrong lane", RightLane;
    R4TooEarly: "早于核放单时段", "before the pass window", ComeInWindow;
    R4TooLate: "晚于核放单时段", "after the pass window", ComeInWindow;
    R4WithinGrace: "在核放单时段宽限内", "within the grace of the pass window", ShowPapers;
    R4Revoked: "核放单已撤销或暂停", "gate pass revoked or suspended", AmendPass;
    R4Used: "核放单已使用", "gate pass already used", AmendPass;
    R4ReservedElsewhere: "核放单被另一车道占用", "gate pass held by another lane", CheckOtherLane;
    R4IssuedInFuture: "核放单签发时间晚于现在", "gate pass issued later than now", CallTechnician;
    R5NoPass: "无核放单，货物不明", "no gate pass, goods unknown", AmendPass;
    R5LedgerMissing: "卡口无台账", "no ledger at this gate", WaitForLedger;
    R5LedgerStale: "台账过期", "ledger too old", WaitForLedger;
    R5EntryMissing: "货物台账未查询", "ledger not asked about the goods", CallTechnician;
    R5NotInLedger: "货物不在台账", "goods not in the ledger", AwaitClearance;
    R5EntryOfAnother: "台账记录属于另一票货物", "ledger entry is of other goods", CallTechnician;
    R5UnderAmendment: "货物正在改单", "goods under amendment", AwaitClearance;
    R5AmendedAfterPass: "核放单签发后货物改单", "goods amended after the pass was built", AmendPass;
    R5NotCleared: "货物未放行", "goods not cleared", AwaitClearance;
    R5Refused: "货物被拒绝或扣押", "goods refused or seized", CustomsOfficer;
    R5Overdrawn: "超过台账余量", "more than is left in the ledger", AmendPass;
    R5ShareInvalid: "核放单数量无效", "quantity on the pass is invalid", AmendPass;
    R5OtherContainer: "货物不在本车集装箱内", "goods stand on other containers", AmendPass;
    R6NoPass: "无核放单可比对集装箱", "no pass to compare containers with", ComparePhoto;
    R6Missing: "未读到核放单所列集装箱", "container of the pass not read", ComparePhoto;
    R6Unsure: "箱号识别不可靠", "container number read without certainty", ComparePhoto;
    R6OneCharacter: "箱号有一位不符", "container number differs in one character", ComparePhoto;
    R6UnsureExtra: "可能有核放单外的集装箱", "perhaps a container that is not on the pass", ComparePhoto;
    R6NotOnPass: "集装箱不在核放单上", "container is not on the pass", CustomsOfficer;
    R6SizeTypeDiffers: "箱型与备案不符", "size-type differs from the recordation", ComparePhoto;
    R6NotActive: "集装箱备案无效", "container's recordation not in force", RenewRecord;
    R7NoPass: "无核放单，空重不明", "no pass, so empty or loaded is unknown", AmendPass;
    R7DeclarationContradicts: "空重申报自相矛盾", "declaration of empty and loaded contradicts itself", AmendPass;
    R7NotMeasured: "无法判断空重", "empty or loaded not measured", Reweigh;
    R7LoadedDeclaredEmpty: "申报空箱但有货", "loaded though declared empty", CustomsOfficer;
    R7EmptyDeclaredLoaded: "申报有货但为空", "empty though declared loaded", BackToLoading;
    R7ScanDisagrees: "机检与空重申报不符", "scan disagrees on empty or loaded", AwaitVerdict;
    R8NoPass: "无核放单，封志不明", "no pass, so the seals are unknown", AmendPass;
    R8NotRead: "未读到封志", "seal not read", CompareSeal;
    R8Unreadable: "封志无法读取", "seal unreadable", CompareSeal;
    R8Resealed: "封志经批准重封", "resealed with a record", CompareSeal;
    R8OtherContainer: "封志在另一集装箱上", "seal hangs on another container", CompareSeal;
    R8NumberDiffers: "封志号不符", "seal number differs", CustomsOfficer;
    R8Absent: "封志缺失", "seal missing", CustomsOfficer;
    R8Open: "封志未锁闭", "seal not closed", CustomsOfficer;
    R8Tampered: "封志被破坏", "seal tampered", CustomsOfficer;
    R8OpenedSinceSet: "封志曾被开启", "seal opened since it was set", CustomsOfficer;
    R9NoPass: "无核放单，应重不明", "no pass, so the expected weight is unknown", AmendPass;
    R9Missing: "无重量", "no weight", Reweigh;
    R9Unstable: "重量不稳定", "weight not stable", Reweigh;
    R9ZeroFault: "地磅未归零", "scale not at zero before the vehicle", CleanScale;
    R9NoRise: "地磅读数未变化", "scale did not rise", CleanScale;
    R9OutOfRange: "地磅超量程或无效", "scale out of range", Reweigh;
    R9OtherTime: "过磅时间与车辆不符", "weighing is not of this stay", Reweigh;
    R9TareUnknown: "皮重未登记", "tare not recorded", RecordTare;
    R9DeclaredInvalid: "申报重量无效", "declared cargo is invalid", AmendPass;
    R9ReweighDiffers: "两次过磅结果不同", "two weighings differ", Reweigh;
    R9OutsideBand: "重量超出允差", "weight outside the tolerance", Reweigh;
    R9FarOutside: "重量严重不符", "weight far outside the tolerance", BackToLoading;
    R10NotMeasured: "无重量可比对限重", "no weight to compare with the limit", Reweigh;
    R10AxlesUnknown: "轴数未登记", "axles not recorded", RenewRecord;
    R10NoLimit: "该轴数无限重标准", "no legal limit for these axles", PersonChecks;
    R10AxleCount: "轴数与备案不符", "axles measured and recorded differ", Reweigh;
    R10GrossAbove: "总重超限", "above the legal gross", Unload;
    R10AxleAbove: "轴重超限", "axle load above the limit", Unload;
    R11ListMissing: "未收到布控清单", "no directives received yet", WaitForLedger;
    R11ListStale: "布控清单过期", "directives too old", WaitForLedger;
    R11DocumentCheck: "布控：单证核查", "directive: document check", ShowPapers;
    R11DocumentCheckSilent: "布控（不告知）：单证核查", "silent directive: document check", WaitForClerk;
    R11Inspect: "布控：查验", "directive: inspection", CustomsOfficer;
    R11InspectSilent: "布控（不告知）：查验", "silent directive: inspection", WaitForClerk;
    R11Detain: "布控：扣留", "directive: detain", CustomsOfficer;
    R11DetainSilent: "布控（不告知）：扣留", "silent directive: detain", WaitForClerk;
    R11ScanRequired: "布控：须机检", "directive: scan required", GoToScan;
    R11ScanRequiredSilent: "布控（不告知）：须机检", "silent directive: scan required", WaitForClerk;
    R11WatchMisplaced: "监控名单误列入布控", "watchlist entry among the directives", WaitForClerk;
    R12Missing: "缺少机检", "required scan missing", GoToScan;
    R12Pending: "机检待审图", "scan not judged yet", AwaitVerdict;
    R12MachineOnly: "机检仅由机器判定", "scan judged by software alone", AwaitVerdict;
    R12MachineFinding: "机检图像有机器标记", "software marks a place in the scan", AwaitVerdict;
    R12MassDiffers: "机检测算重量与申报不符", "mass on the scan is not as declared", BackToLoading;
    R12GoodsDiffer: "机检图像与申报货物不符", "load on the scan is unlike the declared goods", AwaitVerdict;
    R12TooOld: "机检不属于本次进出", "scan is not of this visit", Rescan;
    R12OtherVehicle: "机检图像属于其他车辆", "scan is joined to another vehicle", Rescan;
    R12OtherBox: "机检图像属于其他集装箱", "scan is of another container", Rescan;
    R12HashDiffers: "机检图像与采集不一致", "image judged is not the image captured", CustomsOfficer;
    R12Finding: "机检有嫌疑", "scan shows something", CustomsOfficer;
    R13Missing: "无辐射检测结果", "no radiation measurement", Reread;
    R13Adjudicated: "辐射报警已判定无害", "radiation alarm found benign", ShowPapers;
    R13Alarm: "辐射报警未判定", "radiation alarm not judged", CustomsOfficer;
    R14NoReport: "无途中监管记录", "no report of the bonded journey", CheckTracker;
    R14CorridorInvalid: "核放单路线无效", "route on the pass is invalid", AmendPass;
    R14Unbound: "定位终端未绑定车辆", "tracker is bound to no vehicle", CheckTracker;
    R14OtherPlate: "定位终端绑定其他车辆", "tracker is bound to another vehicle", CustomsOfficer;
    R14Gap: "定位中断", "tracker was silent", ExplainJourney;
    R14WrongTime: "定位时间错误", "tracker's times are wrong", CheckTracker;
    R14Frozen: "定位位置冻结", "tracker repeats one position", CheckTracker;
    R14Jump: "定位位置跳变", "tracker jumped", CheckTracker;
    R14StartMissing: "缺少起点轨迹", "track does not begin at the route's start", ExplainJourney;
    R14StartedEarly: "早于规定时间出发", "journey began before its window", ExplainJourney;
    R14Late: "迟到（宽限内）", "late, within grace", ExplainJourney;
    R14TooLate: "迟到超过宽限", "later than the grace", CustomsOfficer;
    R14LongStop: "途中停留过久", "stopped too long on the way", ExplainJourney;
    R14Deviation: "偏离规定路线", "left the route", CustomsOfficer;
    R14Elsewhere: "定位终端不在本车", "tracker is not where the vehicle is", CustomsOfficer;
    R14Tampered: "关锁或终端被破坏", "lock or tracker tampered with", CustomsOfficer;
    R14Opened: "关锁途中被开启", "lock opened on the way", CustomsOfficer;
    R15Unknown: "进出记录无法查询", "visit cannot be looked up", WaitForLedger;
    R15ExitWithoutEntry: "无进场记录", "exit without entry", CustomsOfficer;
    R15AlreadyInside: "上次进场后无出场记录", "already inside by the records", CheckOtherLane;
    R15EntryInFuture: "进场时间晚于现在", "entry is later than now", CallTechnician;
    R15StageSkipped: "环节经批准跳过", "stage skipped by order", ShowPapers;
    R15StageMissing: "环节未完成", "stage not done", DoStage;
    R16ListStale: "监控名单过期", "watchlist too old", WaitForLedger;
    R16Fuzzy: "近似监控名单", "near a watchlist entry", ComparePhoto;
    R16FuzzySilent: "近似监控名单（不告知）", "near a silent watchlist entry", WaitForClerk;
    R16Exact: "命中监控名单", "on the watchlist", CustomsOfficer;
    R16ExactSilent: "命中监控名单（不告知）", "on the watchlist, silently", WaitForClerk;
    R17Degraded: "降级模式生效", "degraded mode in force", PostCheck;
    R17DegradedVoid: "降级模式申报无效", "degraded mode declared but not valid", RepairDevice;
    R17DeviceMissing: "缺少必需设备", "required device missing", RepairDevice;
    R17DeviceNotLive: "设备离线", "device not live", RepairDevice;
    R17DeviceVoid: "设备读数无效", "device readings are void", RepairDevice;
    R17VerificationEnded: "计量检定过期", "verification has ended", RepairDevice;
    R17VerificationUnknown: "计量检定未知", "verification of the scale unknown", RepairDevice;
    R17ScaleUnknown: "重量来自未知地磅", "weight of an unknown scale", CallTechnician;
    R17ClockUnsynchronised: "时钟未同步", "clock not synchronised", SyncClock;
    R17ClockJumped: "时钟倒退", "clock ran backwards", SyncClock;
    R18Drawn: "随机抽查", "drawn for a random recheck", WaitForClerk;
    R18DrawInvalid: "抽查数无效", "random draw invalid", CallTechnician;
    R19TailFollowing: "尾随闯入", "tail-following", CustomsOfficer;
    R19RunThrough: "强行通过", "ran through the gate", CustomsOfficer;
    R19SeveralVehicles: "车道内多车", "more than one vehicle in the lane", ClearLane;
    R19AmbiguousCount: "车辆数不明", "number of vehicles not sure", ClearLane;
    R19ArmWasUp: "放行前栏杆已抬起", "arm was up before the decision", CallTechnician;
    R19SensorStuck: "地感或光栅故障", "loop or beam stuck", RepairDevice;
    R19ControllerRestarted: "车道控制器重启", "gate controller restarted", Reread;
    R19GatewayRestarted: "卡口网关重启", "gateway restarted", Reread;
}

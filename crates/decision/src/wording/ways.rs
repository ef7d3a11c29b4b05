//! What driver or clerk can do about a finding, in both languages.

macro_rules! ways {
    ($($way:ident: $zh:literal, $en:literal;)*) => {
        /// A way out of a hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Way {
            $($way,)*
        }

        impl Way {
            pub(super) const fn zh(self) -> &'static str {
                match self {
                    $(Self::$way => $zh,)*
                }
            }

            pub(super) const fn en(self) -> &'static str {
                match self {
                    $(Self::$way => $en,)*
                }
            }
        }
    };
}

ways! {
    Nothing: "无需处理", "nothing to do";
    PersonChecks: "请工作人员查验并记录结果", "a person does this check and records the result";
    CallTechnician: "请通知技术人员", "call the technician";
    Reread: "请倒车后重新驶入读取，或由工作人员人工核对", "back up and drive in again, or let a clerk compare by eye";
    CleanPlate: "请清洁号牌后重读，或由工作人员比对照片", "clean the plate and read it again, or let a clerk compare the picture";
    ComparePhoto: "请工作人员将照片与核放单比对", "a clerk compares the picture with the pass";
    ClearLane: "请其他车辆退出车道后重读", "other vehicles leave the lane, then read again";
    RenewTag: "请到备案窗口核对或更换电子车牌", "have the electronic plate checked or renewed at the recordation desk";
    CustomsOfficer: "请在原地等候海关关员", "wait here for a customs officer";
    AmendPass: "请企业改单或重新申报核放单", "the company amends the pass or files a new one";
    RenewRecord: "请企业到海关办理备案手续", "the company settles its recordation with customs";
    WaitForLedger: "请等待台账同步；工作人员检查网络", "wait until the ledger is synchronised; the clerk checks the link";
    ShowPapers: "请向工作人员出示证件", "show the papers to the clerk";
    PresentCard: "请刷驾驶员卡", "present the driver's card";
    RightDriver: "请由备案驾驶员驾驶，或由企业增加驾驶员备案", "the recorded driver takes over, or the company records this driver";
    ChoosePass: "请工作人员选定核放单", "the clerk chooses the pass";
    RightGate: "请驶往核放单指定的场所", "drive to the site that the pass names";
    RightLane: "请驶往核放单指定的车道", "drive to the lane that the pass names";
    ComeInWindow: "请在核放单有效时段内再来，或由企业改时段", "come back within the pass window, or have it changed";
    CheckOtherLane: "请工作人员核查占用该核放单的车道", "the clerk looks at the lane that holds the pass";
    AwaitClearance: "请企业向海关查询货物放行状态", "the company asks customs for the clearance of the goods";
    CompareSeal: "请工作人员用手持设备核对封志", "a clerk reads the seal with a handheld";
    BackToLoading: "请返回装货地核对货物或更正申报", "return to the loading place or correct the declaration";
    Reweigh: "请全车停稳在秤台上重新过磅", "stand still with all wheels on the platform and weigh again";
    CleanScale: "请清理秤台归零后重新过磅", "clear and zero the platform, then weigh again";
    RecordTare: "请登记皮重后重新判定", "have the tare recorded, then decide again";
    Unload: "请卸载至限重以内", "unload to the limit";
    GoToScan: "请前往机检区", "drive to the scanner";
    AwaitVerdict: "请等待审图结果", "wait for the officer's verdict on the image";
    Rescan: "请重新机检", "scan again";
    CheckTracker: "请工作人员检查定位终端", "the clerk checks the tracker";
    ExplainJourney: "请向工作人员说明途中情况", "explain the journey to the clerk";
    DoStage: "请先完成未完成的环节", "do the missing stage first";
    RepairDevice: "请技术人员恢复设备，或由主管申报降级模式", "repair the device, or the supervisor declares the degraded mode";
    SyncClock: "请技术人员恢复时钟同步", "restore the clock's source";
    WaitForClerk: "请在原地等候工作人员", "wait here for the clerk";
    PostCheck: "请工作人员人工查验并列入事后核查", "a person checks the vehicle; it is listed for a check afterwards";
}

"""The parts of the API, by name. Written by `python -m scripts.sdk`."""

from __future__ import annotations

from roadworthy.sdk.calling import Send, SendAsync
from roadworthy.sdk.operations.access import AccessCalls
from roadworthy.sdk.operations.access_async import AsyncAccessCalls
from roadworthy.sdk.operations.agent_actions import AgentActionsCalls
from roadworthy.sdk.operations.agent_actions_async import AsyncAgentActionsCalls
from roadworthy.sdk.operations.attachments import AttachmentsCalls
from roadworthy.sdk.operations.attachments_async import AsyncAttachmentsCalls
from roadworthy.sdk.operations.audit_trail import AuditTrailCalls
from roadworthy.sdk.operations.audit_trail_async import AsyncAuditTrailCalls
from roadworthy.sdk.operations.audits import AuditsCalls
from roadworthy.sdk.operations.audits_async import AsyncAuditsCalls
from roadworthy.sdk.operations.break_glass import BreakGlassCalls
from roadworthy.sdk.operations.break_glass_async import AsyncBreakGlassCalls
from roadworthy.sdk.operations.budgets import BudgetsCalls
from roadworthy.sdk.operations.budgets_async import AsyncBudgetsCalls
from roadworthy.sdk.operations.calls import CallsCalls
from roadworthy.sdk.operations.calls_async import AsyncCallsCalls
from roadworthy.sdk.operations.certificates import CertificatesCalls
from roadworthy.sdk.operations.certificates_async import AsyncCertificatesCalls
from roadworthy.sdk.operations.collecting import CollectingCalls
from roadworthy.sdk.operations.collecting_async import AsyncCollectingCalls
from roadworthy.sdk.operations.collectors import CollectorsCalls
from roadworthy.sdk.operations.collectors_async import AsyncCollectorsCalls
from roadworthy.sdk.operations.dead_letters import DeadLettersCalls
from roadworthy.sdk.operations.dead_letters_async import AsyncDeadLettersCalls
from roadworthy.sdk.operations.decisions import DecisionsCalls
from roadworthy.sdk.operations.decisions_async import AsyncDecisionsCalls
from roadworthy.sdk.operations.diagnosis import DiagnosisCalls
from roadworthy.sdk.operations.diagnosis_async import AsyncDiagnosisCalls
from roadworthy.sdk.operations.discovery import DiscoveryCalls
from roadworthy.sdk.operations.discovery_async import AsyncDiscoveryCalls
from roadworthy.sdk.operations.evidence import EvidenceCalls
from roadworthy.sdk.operations.evidence_async import AsyncEvidenceCalls
from roadworthy.sdk.operations.exports import ExportsCalls
from roadworthy.sdk.operations.exports_async import AsyncExportsCalls
from roadworthy.sdk.operations.fingerprints import FingerprintsCalls
from roadworthy.sdk.operations.fingerprints_async import AsyncFingerprintsCalls
from roadworthy.sdk.operations.gates import GatesCalls
from roadworthy.sdk.operations.gates_async import AsyncGatesCalls
from roadworthy.sdk.operations.gateway_keys import GatewayKeysCalls
from roadworthy.sdk.operations.gateway_keys_async import AsyncGatewayKeysCalls
from roadworthy.sdk.operations.health import HealthCalls
from roadworthy.sdk.operations.health_async import AsyncHealthCalls
from roadworthy.sdk.operations.identity import IdentityCalls
from roadworthy.sdk.operations.identity_async import AsyncIdentityCalls
from roadworthy.sdk.operations.imports import ImportsCalls
from roadworthy.sdk.operations.imports_async import AsyncImportsCalls
from roadworthy.sdk.operations.integration_probes import IntegrationProbesCalls
from roadworthy.sdk.operations.integration_probes_async import AsyncIntegrationProbesCalls
from roadworthy.sdk.operations.keeping import KeepingCalls
from roadworthy.sdk.operations.keeping_async import AsyncKeepingCalls
from roadworthy.sdk.operations.later_calls import LaterCallsCalls
from roadworthy.sdk.operations.later_calls_async import AsyncLaterCallsCalls
from roadworthy.sdk.operations.ledger import LedgerCalls
from roadworthy.sdk.operations.ledger_async import AsyncLedgerCalls
from roadworthy.sdk.operations.notifications import NotificationsCalls
from roadworthy.sdk.operations.notifications_async import AsyncNotificationsCalls
from roadworthy.sdk.operations.packs import PacksCalls
from roadworthy.sdk.operations.packs_async import AsyncPacksCalls
from roadworthy.sdk.operations.people import PeopleCalls
from roadworthy.sdk.operations.people_async import AsyncPeopleCalls
from roadworthy.sdk.operations.processes import ProcessesCalls
from roadworthy.sdk.operations.processes_async import AsyncProcessesCalls
from roadworthy.sdk.operations.questions import QuestionsCalls
from roadworthy.sdk.operations.questions_async import AsyncQuestionsCalls
from roadworthy.sdk.operations.ranking import RankingCalls
from roadworthy.sdk.operations.ranking_async import AsyncRankingCalls
from roadworthy.sdk.operations.readiness import ReadinessCalls
from roadworthy.sdk.operations.readiness_async import AsyncReadinessCalls
from roadworthy.sdk.operations.releases import ReleasesCalls
from roadworthy.sdk.operations.releases_async import AsyncReleasesCalls
from roadworthy.sdk.operations.reports import ReportsCalls
from roadworthy.sdk.operations.reports_async import AsyncReportsCalls
from roadworthy.sdk.operations.resources import ResourcesCalls
from roadworthy.sdk.operations.resources_async import AsyncResourcesCalls
from roadworthy.sdk.operations.reviews import ReviewsCalls
from roadworthy.sdk.operations.reviews_async import AsyncReviewsCalls
from roadworthy.sdk.operations.rights import RightsCalls
from roadworthy.sdk.operations.rights_async import AsyncRightsCalls
from roadworthy.sdk.operations.status import StatusCalls
from roadworthy.sdk.operations.status_async import AsyncStatusCalls
from roadworthy.sdk.operations.tickets import TicketsCalls
from roadworthy.sdk.operations.tickets_async import AsyncTicketsCalls
from roadworthy.sdk.operations.timers import TimersCalls
from roadworthy.sdk.operations.timers_async import AsyncTimersCalls
from roadworthy.sdk.operations.tokens import TokensCalls
from roadworthy.sdk.operations.tokens_async import AsyncTokensCalls
from roadworthy.sdk.operations.upstreams import UpstreamsCalls
from roadworthy.sdk.operations.upstreams_async import AsyncUpstreamsCalls
from roadworthy.sdk.operations.use_cases import UseCasesCalls
from roadworthy.sdk.operations.use_cases_async import AsyncUseCasesCalls


class Groups:
    """The parts of the API."""

    def __init__(self, send: Send) -> None:
        self.access = AccessCalls(send)
        self.agent_actions = AgentActionsCalls(send)
        self.attachments = AttachmentsCalls(send)
        self.audit_trail = AuditTrailCalls(send)
        self.audits = AuditsCalls(send)
        self.break_glass = BreakGlassCalls(send)
        self.budgets = BudgetsCalls(send)
        self.calls = CallsCalls(send)
        self.certificates = CertificatesCalls(send)
        self.collecting = CollectingCalls(send)
        self.collectors = CollectorsCalls(send)
        self.dead_letters = DeadLettersCalls(send)
        self.decisions = DecisionsCalls(send)
        self.diagnosis = DiagnosisCalls(send)
        self.discovery = DiscoveryCalls(send)
        self.evidence = EvidenceCalls(send)
        self.exports = ExportsCalls(send)
        self.fingerprints = FingerprintsCalls(send)
        self.gates = GatesCalls(send)
        self.gateway_keys = GatewayKeysCalls(send)
        self.health = HealthCalls(send)
        self.identity = IdentityCalls(send)
        self.imports = ImportsCalls(send)
        self.integration_probes = IntegrationProbesCalls(send)
        self.keeping = KeepingCalls(send)
        self.later_calls = LaterCallsCalls(send)
        self.ledger = LedgerCalls(send)
        self.notifications = NotificationsCalls(send)
        self.packs = PacksCalls(send)
        self.people = PeopleCalls(send)
        self.processes = ProcessesCalls(send)
        self.questions = QuestionsCalls(send)
        self.ranking = RankingCalls(send)
        self.readiness = ReadinessCalls(send)
        self.releases = ReleasesCalls(send)
        self.reports = ReportsCalls(send)
        self.resources = ResourcesCalls(send)
        self.reviews = ReviewsCalls(send)
        self.rights = RightsCalls(send)
        self.status = StatusCalls(send)
        self.tickets = TicketsCalls(send)
        self.timers = TimersCalls(send)
        self.tokens = TokensCalls(send)
        self.upstreams = UpstreamsCalls(send)
        self.use_cases = UseCasesCalls(send)


class AsyncGroups:
    """The parts of the API, to be awaited."""

    def __init__(self, send: SendAsync) -> None:
        self.access = AsyncAccessCalls(send)
        self.agent_actions = AsyncAgentActionsCalls(send)
        self.attachments = AsyncAttachmentsCalls(send)
        self.audit_trail = AsyncAuditTrailCalls(send)
        self.audits = AsyncAuditsCalls(send)
        self.break_glass = AsyncBreakGlassCalls(send)
        self.budgets = AsyncBudgetsCalls(send)
        self.calls = AsyncCallsCalls(send)
        self.certificates = AsyncCertificatesCalls(send)
        self.collecting = AsyncCollectingCalls(send)
        self.collectors = AsyncCollectorsCalls(send)
        self.dead_letters = AsyncDeadLettersCalls(send)
        self.decisions = AsyncDecisionsCalls(send)
        self.diagnosis = AsyncDiagnosisCalls(send)
        self.discovery = AsyncDiscoveryCalls(send)
        self.evidence = AsyncEvidenceCalls(send)
        self.exports = AsyncExportsCalls(send)
        self.fingerprints = AsyncFingerprintsCalls(send)
        self.gates = AsyncGatesCalls(send)
        self.gateway_keys = AsyncGatewayKeysCalls(send)
        self.health = AsyncHealthCalls(send)
        self.identity = AsyncIdentityCalls(send)
        self.imports = AsyncImportsCalls(send)
        self.integration_probes = AsyncIntegrationProbesCalls(send)
        self.keeping = AsyncKeepingCalls(send)
        self.later_calls = AsyncLaterCallsCalls(send)
        self.ledger = AsyncLedgerCalls(send)
        self.notifications = AsyncNotificationsCalls(send)
        self.packs = AsyncPacksCalls(send)
        self.people = AsyncPeopleCalls(send)
        self.processes = AsyncProcessesCalls(send)
        self.questions = AsyncQuestionsCalls(send)
        self.ranking = AsyncRankingCalls(send)
        self.readiness = AsyncReadinessCalls(send)
        self.releases = AsyncReleasesCalls(send)
        self.reports = AsyncReportsCalls(send)
        self.resources = AsyncResourcesCalls(send)
        self.reviews = AsyncReviewsCalls(send)
        self.rights = AsyncRightsCalls(send)
        self.status = AsyncStatusCalls(send)
        self.tickets = AsyncTicketsCalls(send)
        self.timers = AsyncTimersCalls(send)
        self.tokens = AsyncTokensCalls(send)
        self.upstreams = AsyncUpstreamsCalls(send)
        self.use_cases = AsyncUseCasesCalls(send)

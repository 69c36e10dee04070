"""The founding documents' own examples, and layouts of these files as public repositories have them."""

SCOPE = """\
# Define external operations allowed
external_operations:
  github_api: true
  docker_registry: false
  deployment_targets: []
\x20\x20
# Define restricted paths
restricted_paths:
  - ".github/workflows/"  # GitHub Actions require manual updates
  - "secrets/"           # Security-sensitive files
\x20\x20
# Define auto-approval criteria
auto_approve:
  max_wsjf_score: 2.0     # Auto-approve below this WSJF
  file_change_limit: 10   # Max files changed per auto-PR
  test_coverage_min: 80   # Minimum coverage required
"""
RATCHET = """\
{
  "global_targets": {
    "coverage_percent_min": 70.0,
    "mutation_score_min": 60.0,
    "performance_p95_max": 500.0,
    "flaky_test_count_max": 2,
    "security_issues_max": 0
  },
  "ratchet_settings": {
    "min_improvement_threshold": 0.5,
    "regression_tolerance": 1.0,
    "consecutive_improvements_required": 2
  }
}
"""
SLA = """\
{
  "canary_promotion_criteria": {
    "error_rate_max": 0.10,
    "response_time_p95_max": 5000,
    "health_check_success_min": 0.85
  },
  "rollback_triggers": {
    "error_rate_threshold": 0.10,
    "consecutive_failures": 3,
    "response_time_threshold": 10000
  }
}
"""
VARIABLES = {
    "WSJF_THRESHOLD": "1.0", "AGING_MULTIPLIER_MAX": "2.0", "PR_DAILY_LIMIT": "5",
    "CI_FAILURE_THRESHOLD": "0.3", "ENABLE_AUTO_SECURITY_UPDATES": "true", "SECURITY_SCAN_LEVEL": "strict",
}  # fmt: skip
PARALLEL = """\
multi_instance:
  max_instances: 10
  max_tasks_per_instance: 3
  instance_timeout: 90
worktree:
  base_dir: .worktrees
  lock_timeout_minutes: 60
coordination:
  message_queue:
    file_path: messages.jsonl
fault_tolerance:
  retry_enabled: true
  max_retries: 3
"""
ALERTS = """\
default_channels: [console]
rules:
  - id: high_blocked_tasks
    condition: tasks_blocked > 3
  - id: low_velocity
    condition: velocity < 1.0
channels:
  slack: {enabled: false, webhook_url: "https://hooks.example.org/T0"}
  smtp_password: hunter2
escalation: {enabled: true, threshold: 3}
"""
AGENTS = """\
agents:
  development:
    - name: frontend_agent
      type: LlmAgent
      description: "Pages and components"
      model: some-model
      max_tokens: 4096
      specialization: [UI/UX, React]
      resource_limits: {cpu: "2", memory: "4Gi"}
  management:
    - name: release_agent
      type: BaseAgent
      description: "Ships"
      permissions: [deploy:production]
common:
  timeout: 300
"""
BACKLOG = """\
backlog:
  - id: INFRA-001
    title: Set up the project
    type: infrastructure
    effort: 5
    value: 8
    time_criticality: 8
    risk_reduction: 5
    status: DONE
    risk_tier: low
    created_at: "2025-01-26"
  - id: CORE-001
    title: Measure calls
    type: tech_debt
    description: Measure every call
    acceptance_criteria:
      - It counts tokens
      - Answers: 200
    effort: 2.5
    value: 10
    time_criticality: 0
    risk_reduction: 3
    status: BLOCKED
    blocked_reason: no key yet
    risk_tier: medium
    created_at: 2025-01-26
    links: [src/x.py]
    tags: [observability]
new_items:
  - id: NW001
    title: Log instead of print
    type: enhancement
    effort: 2
    value: 5
    time_criticality: 3
    risk_reduction: 3
    status: READY
metadata: {aging_multiplier_max: 1.5, last_updated: "2025-07-26"}
"""

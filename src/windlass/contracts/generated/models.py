"""Models of the HTTP contract. Written by scripts/generate_models.py; change contracts/openapi.yaml."""

# generator: datamodel-code-generator 0.89.0

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Annotated, Any, ClassVar, Literal, Optional, Union

from pydantic import (
    MISSING,
    AnyUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)
from typing_extensions import TypeAliasType


class _JsonSchemaRuntimeValidationBaseCore(BaseModel):
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = ()

    @model_validator(mode='before')
    @classmethod
    def _validate_json_schema_runtime_rules(cls, data: Any) -> Any:
        data = cls._validate_json_schema_unique_items(data)
        return data

    @classmethod
    def _validate_json_schema_unique_items(cls, data: Any) -> Any:
        if not (unique_item_paths := cls.__json_schema_unique_items__):
            return data
        for path in unique_item_paths:
            cls._validate_json_schema_unique_items_path(data, path, 0)
        return data

    @classmethod
    def _validate_json_schema_unique_items_path(
        cls,
        value: Any,
        path: tuple[object, ...],
        position: int,
    ) -> None:
        if position == len(path):
            cls._validate_json_schema_unique_array(value)
            return

        match path[position]:
            case None:
                if not isinstance(value, (list, tuple)):
                    return
                for item in value:
                    cls._validate_json_schema_unique_items_path(item, path, position + 1)
            case ('__json_schema_array_tail__', int() as start):
                if not isinstance(value, (list, tuple)) or start >= len(value):
                    return
                for index in range(start, len(value)):
                    cls._validate_json_schema_unique_items_path(value[index], path, position + 1)
            case int() as index:
                if isinstance(value, (list, tuple)) and index < len(value):
                    cls._validate_json_schema_unique_items_path(value[index], path, position + 1)
            case '__json_schema_mapping_values__':
                if not (isinstance(value, dict) or isinstance(value, _Mapping)):
                    return
                for item in value.values():
                    cls._validate_json_schema_unique_items_path(item, path, position + 1)
            case tuple() as input_names:
                if not (isinstance(value, dict) or isinstance(value, _Mapping)):
                    return
                for name in input_names:
                    if name in value:
                        cls._validate_json_schema_unique_items_path(value[name], path, position + 1)
                        return

    @classmethod
    def _validate_json_schema_unique_array(cls, value: Any) -> None:
        if not isinstance(value, (list, tuple)) or len(value) < 2:
            return

        scalar_items: set[object] | None = None
        structural_items: dict[int, list[Any]] | None = None
        opaque_items: list[Any] | None = None
        for item in value:
            match item:
                case None | bool() | int() | float() | str():
                    item_key = (bool, item) if isinstance(item, bool) else item
                    if scalar_items is None:
                        scalar_items = {item_key}
                    elif item_key in scalar_items:
                        raise ValueError('Array items must be unique')
                    else:
                        scalar_items.add(item_key)
                    if (
                        structural_items is not None
                        and (candidates := structural_items.get(cls._json_schema_unique_items_fingerprint(item)))
                        and any(cls._json_schema_unique_items_equal(item, candidate) for candidate in candidates)
                    ):
                        raise ValueError('Array items must be unique')
                    if (
                        not isinstance(item, bool)
                        and opaque_items is not None
                        and any(
                            cls._json_schema_unique_items_equal_in_either_direction(item, candidate)
                            for candidate in opaque_items
                        )
                    ):
                        raise ValueError('Array items must be unique')
                    continue
                case list() | tuple() | dict() | _Mapping():
                    fingerprint = cls._json_schema_unique_items_fingerprint(item)
                case _:
                    if scalar_items is not None:
                        for scalar_item in scalar_items:
                            scalar_candidate = scalar_item[1] if isinstance(scalar_item, tuple) else scalar_item
                            if not isinstance(scalar_candidate, bool) and cls._json_schema_unique_items_equal_in_either_direction(
                                item, scalar_candidate
                            ):
                                raise ValueError('Array items must be unique')
                    fingerprint = cls._json_schema_unique_items_fingerprint(item)
            if fingerprint is None:
                if structural_items is not None and any(
                    cls._json_schema_unique_items_equal_in_either_direction(item, candidate)
                    for candidates in structural_items.values()
                    for candidate in candidates
                ):
                    raise ValueError('Array items must be unique')
                if opaque_items is not None and any(
                    cls._json_schema_unique_items_equal_in_either_direction(item, candidate)
                    for candidate in opaque_items
                ):
                    raise ValueError('Array items must be unique')
                if opaque_items is None:
                    opaque_items = [item]
                else:
                    opaque_items.append(item)
                continue
            if opaque_items is not None and any(
                cls._json_schema_unique_items_equal_in_either_direction(item, candidate)
                for candidate in opaque_items
            ):
                raise ValueError('Array items must be unique')
            if structural_items is None:
                structural_items = {fingerprint: [item]}
                continue
            if (candidates := structural_items.get(fingerprint)) is None:
                structural_items[fingerprint] = [item]
                continue
            if any(cls._json_schema_unique_items_equal(item, candidate) for candidate in candidates):
                raise ValueError('Array items must be unique')
            candidates.append(item)

    @classmethod
    def _json_schema_unique_items_fingerprint(cls, value: Any) -> int | None:
        match value:
            case None:
                return 0x17
            case bool() as boolean:
                return 0x1F if boolean else 0x1D
            case int() | float() as number:
                return hash(number)
            case str() as string:
                return hash(string)
            case list() | tuple() as array:
                fingerprint = 0x4F
                for item in array:
                    if (item_fingerprint := cls._json_schema_unique_items_fingerprint(item)) is None:
                        return None
                    fingerprint = hash((fingerprint * 1000003) ^ item_fingerprint)
                return hash(fingerprint ^ len(array))
            case dict() | _Mapping() as object_:
                fingerprint = 0x61
                for key, item in object_.items():
                    if (item_fingerprint := cls._json_schema_unique_items_fingerprint(item)) is None:
                        return None
                    fingerprint ^= hash((key, item_fingerprint))
                return hash(fingerprint ^ len(object_))
            case _:
                return cls._json_schema_unique_items_safe_hash(value)

    @classmethod
    def _json_schema_unique_items_equal(cls, left: Any, right: Any) -> bool:
        match left:
            case None:
                return right is None
            case bool() as boolean:
                return isinstance(right, bool) and boolean == right
            case int() | float() as number:
                if isinstance(right, bool):
                    return False
                if isinstance(right, (int, float)):
                    return number == right
                return cls._json_schema_unique_items_safe_equal(number, right)
            case str() as string:
                if isinstance(right, str):
                    return string == right
                return cls._json_schema_unique_items_safe_equal(string, right)
            case list() | tuple() as array:
                return (
                    isinstance(right, (list, tuple))
                    and len(array) == len(right)
                    and all(
                        cls._json_schema_unique_items_equal(item, other)
                        for item, other in zip(array, right, strict=True)
                    )
                )
            case dict() | _Mapping() as object_:
                if not (
                    isinstance(right, dict) or isinstance(right, _Mapping)
                ) or len(object_) != len(right):
                    return False
                return all(
                    key in right and cls._json_schema_unique_items_equal(item, right[key])
                    for key, item in object_.items()
                )
        return cls._json_schema_unique_items_safe_equal(left, right)

    @classmethod
    def _json_schema_unique_items_safe_hash(cls, value: Any) -> int | None:
        try:
            return hash(value)
        except Exception:  # noqa: BLE001
            return None

    @classmethod
    def _json_schema_unique_items_safe_equal(cls, left: Any, right: Any) -> bool:
        try:
            comparison = left == right
        except Exception:  # noqa: BLE001
            return False
        return comparison if type(comparison) is bool else False

    @classmethod
    def _json_schema_unique_items_equal_in_either_direction(
        cls, left: Any, right: Any
    ) -> bool:
        return cls._json_schema_unique_items_equal(left, right) or cls._json_schema_unique_items_equal(right, left)


class _JsonSchemaRuntimeValidationBase(BaseModel):
    __json_schema_property_count_rule__: ClassVar[tuple[Any, ...]] = ()

    @model_validator(mode='before')
    @classmethod
    def _validate_json_schema_property_count(cls, data: Any) -> Any:
        if not (rule := cls.__json_schema_property_count_rule__):
            return data
        if not (isinstance(data, dict) or isinstance(data, _Mapping)):
            return data
        property_count = len(data)
        min_properties, max_properties = rule
        if min_properties is not None and property_count < min_properties:
            raise ValueError(f'Expected at least {min_properties} properties')
        if max_properties is not None and property_count > max_properties:
            raise ValueError(f'Expected at most {max_properties} properties')
        return data


class AcceptanceItem(RootModel[StrictStr]):
    root: Annotated[StrictStr, Field(max_length=500, min_length=1)]


class AnswerDecision(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    choice: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    text: Annotated[
        StrictStr | MISSING,
        Field(
            description='What to tell the worker beside the choice.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class AnswerDecisionAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    decision: DecisionView
    offer: CreatePolicy | MISSING = MISSING


AnyJsonString = TypeAliasType(
    "AnyJsonString", Annotated[StrictStr, Field(pattern='^[^\\u0000]*$')]
)


class AnyJson(
    RootModel[Optional[Union[dict[str, Any], AnyJsonString, StrictFloat, StrictBool, list[Optional["AnyJson"]]]]]
):
    """
    Any JSON without NUL in its texts; at most 64 KiB.
    """

    root: Annotated[
        Optional[Union[dict[str, Any], AnyJsonString, StrictFloat, StrictBool, list[Optional["AnyJson"]]]],
        Field(description='Any JSON without NUL in its texts; at most 64 KiB.'),
    ]


class ApproveWork(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    commit: Annotated[
        StrictStr,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ]
    note: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class ApproveWorkAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    next: NextLink | None
    self_approved: StrictBool


class AskClarification(_JsonSchemaRuntimeValidationBaseCore):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('options',),),
        (('evidence',),),
    )

    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING
    question: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]
    options: Annotated[
        list[Line] | MISSING,
        Field(
            description='What could be answered; a free answer is always possible.',
            max_length=10,
            min_length=2,
        ),
    ] = MISSING
    proposal: Annotated[
        StrictStr | MISSING,
        Field(
            description='Quality veto: what to do instead of the instruction.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING
    evidence: Annotated[
        list[Text] | MISSING,
        Field(
            description='What speaks for it: output, file and line, measurements.',
            max_length=20,
        ),
    ] = MISSING


class AskClarificationAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    decision_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]


class AttemptPackAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    commit: Annotated[
        StrictStr,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ]


class AttemptView(BaseModel):
    """
    One claim of a task and how it ended.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    number: Annotated[StrictInt, Field(ge=0)]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]
    worker: StrictStr
    runner: StrictStr
    sandbox: StrictStr
    started_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    finished_at: AwareDatetime | None
    outcome: StrictStr | None
    detail: StrictStr


class AutoMergeRate7d(RootModel[StrictFloat]):
    root: Annotated[
        StrictFloat,
        Field(
            description='The share of changes landed in the last seven days that no person had to decide about.',
            ge=0.0,
            le=1.0,
        ),
    ]


class BenchmarkClaim(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    value: StrictFloat
    unit: Annotated[
        StrictStr | MISSING,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING
    artifact: Annotated[
        StrictStr,
        Field(
            description='The JSON file the command writes.',
            examples=['src/a.py'],
            max_length=4096,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class BlockerAnswer(BaseModel):
    """
    What was answered to the last question.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    choice: StrictStr | None | MISSING = MISSING
    text: StrictStr
    by: StrictStr
    at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class Box(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='An inbox.',
            examples=['instance:build-7'],
            pattern='^(instance|person):[A-Za-z0-9][A-Za-z0-9._:@-]{0,125}$',
        ),
    ]


class CancelTask(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    reason: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class CancelTaskAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]


class CheckTaskStatus(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING


class CheckTaskStatusAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]
    attempt: Annotated[StrictInt, Field(ge=0)]
    note: StrictStr
    lease: Annotated[
        Literal['alive', 'lost', 'none'],
        Field(description='Your lease; none where you gave no lease token.'),
    ]
    answer: BlockerAnswer | MISSING = MISSING
    decision_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING
    unread: Annotated[list[Letter], Field(max_length=500)]


class ChecklistEntry(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    item: Annotated[
        StrictInt, Field(description='The point of the quality checklist.', ge=1, le=12)
    ]
    state: Literal['yes', 'no', 'not_applicable']
    note: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class ClaimTask(_JsonSchemaRuntimeValidationBaseCore):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('lanes',),),
    )

    lanes: Annotated[
        list[Word] | MISSING,
        Field(
            description='Lanes to take from; all lanes of the instance when left out.',
            max_length=64,
        ),
    ] = MISSING
    repository: Annotated[
        StrictStr | MISSING,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING
    wait_s: Annotated[
        StrictFloat,
        Field(
            description='Seconds to wait for a task when none is ready.',
            ge=0.0,
            le=30.0,
        ),
    ] = 0


class ClaimTaskAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task: TaskView | None
    lease: LeaseGrant | MISSING = MISSING
    sop: Annotated[
        StrictStr | MISSING, Field(description='How the role of this task works.')
    ] = MISSING
    workspace: WorkspaceOffer | MISSING = MISSING
    messages: Annotated[
        list[Message] | MISSING,
        Field(
            description='What was said about earlier attempts, oldest first.',
            max_length=500,
        ),
    ] = MISSING


class CoverageClaim(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    percent: Annotated[StrictFloat, Field(ge=0.0, le=100.0)]
    artifact: Annotated[
        StrictStr,
        Field(
            description='The report the command writes (coverage.py JSON, Cobertura XML or LCOV).',
            examples=['src/a.py'],
            max_length=4096,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class CreatePolicy(BaseModel):
    """
    A standing answer.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    repository: Annotated[
        StrictStr | MISSING,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING
    kind: Annotated[
        StrictStr,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ]
    pattern: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    choice: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]


class DecisionList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    decisions: Annotated[list[DecisionView], Field(max_length=500)]


class DecisionView(BaseModel):
    """
    A question for a person.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    key: Annotated[StrictStr, Field(description='The same question has the same key.')]
    kind: StrictStr
    question: StrictStr
    options: list[StrictStr]
    default: Annotated[
        StrictStr | None,
        Field(
            description='What is advised; applied at the deadline only where a policy says so.'
        ),
    ]
    deadline: AwareDatetime | None
    priority: Annotated[StrictInt, Field(description='0 is the most urgent.')]
    status: Literal['open', 'answered', 'withdrawn']
    context: dict[str, Any]
    evidence: list[StrictStr]
    cost: Annotated[
        StrictStr, Field(description='What the options cost, where that is known.')
    ]
    repository: StrictStr | None
    item: StrictInt | None
    task: StrictInt | None
    created_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    answer: StrictStr | None
    answered_by: StrictStr | None
    answered_at: AwareDatetime | None


class DrainInstance(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    reason: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]


class EndAttempt(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    outcome: Literal['nothing', 'cannot', 'failed', 'refused', 'released']
    detail: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class EndAttemptAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]


class Event(BaseModel):
    """
    Something that happened, recorded with the change itself.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictStr,
        Field(
            description='Where in the order of events something stands.',
            examples=['7120.48'],
            pattern='^(0|[1-9][0-9]{0,18})[.](0|[1-9][0-9]{0,18})$',
        ),
    ]
    at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    kind: StrictStr
    actor: StrictStr
    repository: StrictInt | None
    item: StrictInt | None
    task: StrictInt | None
    fence: StrictInt | None
    data: dict[str, Any]


class EventKind(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='A kind of event, or `SUBJECT.` for all of its kinds.',
            examples=['task.claimed'],
            pattern='^[a-z][a-z-]{0,31}\\.([a-z][a-z-]{0,31})?$',
        ),
    ]


class Evidence(_JsonSchemaRuntimeValidationBaseCore):
    """
    What a worker says about its commit. Windlass verifies it.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('files_changed',),),
        (('checklist',),),
    )

    test_command: Annotated[
        StrictStr,
        Field(
            description='What was run; windlass runs it again.',
            max_length=2000,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    test_result: TestResult
    files_changed: Annotated[list[Path], Field(max_length=1000)]
    coverage: CoverageClaim | MISSING = MISSING
    benchmark: BenchmarkClaim | MISSING = MISSING
    review_response: Annotated[
        StrictStr | MISSING,
        Field(
            description='The answer to the last review.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING
    checklist: Annotated[list[ChecklistEntry], Field(max_length=12)]


class FileTask(_JsonSchemaRuntimeValidationBaseCore):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('needs',),),
        (('skills',),),
    )

    title: Annotated[
        StrictStr,
        Field(
            description='One line.',
            max_length=200,
            min_length=1,
            pattern='^[^\\n]*[^\\s][^\\n]*$',
        ),
    ]
    lane: Annotated[
        StrictStr,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ]
    paths: Annotated[
        list[Path1],
        Field(
            description='The only files it may change; a folder has a slash at its end.',
            max_length=1000,
            min_length=1,
        ),
    ]
    text: Annotated[
        StrictStr,
        Field(
            description='What has to be done and how it will be checked.',
            max_length=100000,
        ),
    ] = ''
    kind: Annotated[
        StrictStr | MISSING,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ] = MISSING
    needs: Annotated[
        list[Id] | MISSING,
        Field(description='Tasks that must be done before.', max_length=100),
    ] = MISSING
    skills: Annotated[
        list[Word] | MISSING,
        Field(description='What it asks of an agent.', max_length=64),
    ] = MISSING
    wsjf: Annotated[
        StrictFloat, Field(description='Its urgency.', ge=0.0, le=1000.0)
    ] = 2
    high_risk: Annotated[
        StrictBool,
        Field(description='Ask for evidence and a person, whatever the gate says.'),
    ] = False
    acceptance: Annotated[
        list[AcceptanceItem] | MISSING,
        Field(
            description='Tests (path::name) and commands that show that it is done; windlass runs them itself.',
            max_length=20,
        ),
    ] = MISSING


class FiledTask(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    lane: Annotated[
        StrictStr,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ]
    risk: Literal['low', 'high']
    reasons: Annotated[
        list[StrictStr], Field(description='Why the risk is what it is.')
    ]


class FindingView(BaseModel):
    """
    One place the task is about.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    path: StrictStr
    line: Annotated[StrictInt, Field(ge=0)]
    rule: StrictStr
    text: StrictStr


class ForceUnblock(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    reason: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class ForceUnblockAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]


class GetTaskHistory(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING
    after: Annotated[
        StrictInt,
        Field(description='`next` of the last answer.', ge=0, le=9007199254740991),
    ] = 0
    limit: Annotated[StrictInt, Field(ge=1, le=500)] = 100


class GetTaskHistoryAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    messages: list[Message]
    events: list[Event]
    attempts: list[AttemptView]
    next: Annotated[
        StrictInt | None, Field(description='Give it as `after`; null at the end.')
    ]


class Health(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ok', 'degraded', 'failing']


class HealthComplete(BaseModel):
    """
    Nothing here is a constant: what could not be measured is `unknown`, and the part of the same name says why.

    """

    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ok', 'degraded', 'failing']
    node: StrictStr
    version: StrictStr
    at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    autonomous_ready: Annotated[
        StrictBool | Literal['unknown'],
        Field(
            description='Whether work can be found, done, checked and landed without a person now.'
        ),
    ]
    canary_deployment_ready: StrictBool | Literal['unknown']
    quality_ratchet_status: Literal['passing', 'failing', 'unknown']
    test_suite_reliability: Annotated[
        TestSuiteReliability | Literal['unknown'],
        Field(description='The share of repeated test runs that gave the same result.'),
    ]
    auto_merge_rate_7d: Annotated[
        AutoMergeRate7d | Literal['unknown'],
        Field(
            description='The share of changes landed in the last seven days that no person had to decide about.'
        ),
    ]
    parts: list[HealthPart]


class HealthPart(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    name: StrictStr
    status: Literal['ok', 'degraded', 'failing', 'unknown']
    detail: StrictStr
    seconds: Annotated[
        StrictFloat | MISSING,
        Field(description='How long the measurement took.', ge=0.0),
    ] = MISSING


class Id(RootModel[StrictInt]):
    root: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]


class InstanceList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    instances: list[InstanceView]


class InstanceView(BaseModel):
    """
    Somebody who takes work.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    name: Annotated[
        StrictStr,
        Field(
            description='The name of an instance.',
            examples=['build-7'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$',
        ),
    ]
    kind: StrictStr
    host: StrictStr
    lanes: list[StrictStr]
    skills: dict[str, StrictFloat]
    capacity: Annotated[StrictInt, Field(ge=0)]
    state: Annotated[
        Literal['live', 'draining', 'left', 'dead'],
        Field(description='What it or somebody about it said last.'),
    ]
    standing: Annotated[
        Literal['alive', 'unknown', 'dead'],
        Field(description='What is known now. Unknown is never dead.'),
    ]
    reason: StrictStr
    beat_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    beat_every_s: Annotated[StrictFloat, Field(gt=0.0)]
    started_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    version: StrictStr
    leases: Annotated[StrictInt, Field(ge=0)]


class IssueToken(_JsonSchemaRuntimeValidationBaseCore):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('scopes',),),
    )

    kind: Literal['person', 'service', 'runner']
    subject: Annotated[
        StrictStr,
        Field(
            description='Who: `person:…`, `service:…`, `runner:…`, `lease:TASK/FENCE` or `windlass`.',
            examples=['person:owner'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    role: Annotated[
        Literal['viewer', 'operator', 'approver', 'admin', 'service', 'agent'],
        Field(description='What somebody may do.'),
    ]
    name: Annotated[
        StrictStr | MISSING,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING
    scopes: Annotated[
        list[Literal['read', 'task.claim', 'task.work', 'task.answer', 'task.approve', 'task.reject', 'task.requeue', 'task.unblock', 'task.cancel', 'task.sweep', 'task.create', 'decide.answer', 'policy.edit', 'token.manage', 'instance.manage', 'message.send', 'state.write', 'lock.take', 'audit.read', 'undo']] | MISSING,
        Field(
            description='Narrows the role to these actions; a service needs at least one.',
            max_length=32,
        ),
    ] = MISSING
    repository: Annotated[
        StrictStr | MISSING,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING
    days: Annotated[
        StrictInt, Field(description='How long it is good for.', ge=1, le=365)
    ] = 30


class IssuedToken(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    text: Annotated[StrictStr, Field(description='Shown this once.')]
    expires_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class Key(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='A key of the shared state, or the name of something that can be locked, such as a path.',
            examples=['plan:phase', 'src/orders/schema.py'],
            max_length=200,
            pattern='^[A-Za-z0-9][A-Za-z0-9._:@-]*(/\\.?[A-Za-z0-9_][A-Za-z0-9._:@-]*)*$',
        ),
    ]


class LaneList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lanes: list[LaneView]


class LaneView(BaseModel):
    """
    A queue of tasks of one repository.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    repository: Annotated[
        StrictStr,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    name: StrictStr
    limit: Annotated[
        StrictInt | None,
        Field(description='Tasks that may run at once; null for no limit.', ge=0),
    ]
    weight: Annotated[
        StrictFloat, Field(description='Its share among lanes with work.', gt=0.0)
    ]
    ready: Annotated[StrictInt, Field(ge=0)]
    running: Annotated[StrictInt, Field(ge=0)]


class LeaseGrant(BaseModel):
    """
    The right to work on one task until a moment in time.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    token: Annotated[StrictStr, Field(description='Shown once; keep it out of logs.')]
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]
    expires_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    renew_every_s: Annotated[StrictFloat, Field(gt=0.0)]


class LeaseToken(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ]


class Letter(BaseModel):
    """
    A message between instances.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    sender: StrictStr
    receiver: StrictStr
    task_id: StrictInt | None
    kind: StrictStr
    body: StrictStr
    at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    read_at: AwareDatetime | None


class LetterList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    letters: Annotated[list[Letter], Field(max_length=500)]
    next: Annotated[
        StrictInt | None, Field(description='Give it as `after`; null at the end.')
    ]


class Line(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]


class LockList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    locks: list[LockView]


class LockView(BaseModel):
    """
    A lock that is held.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    resource: StrictStr
    holder: StrictStr
    task_id: StrictInt | None
    fence: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    expires_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class Message(BaseModel):
    """
    One line of the talk about a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    seq: Annotated[StrictInt, Field(ge=0)]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]
    role: Annotated[
        StrictStr, Field(description='Who spoke: worker, brain, reviewer, windlass …')
    ]
    kind: Annotated[
        StrictStr, Field(description='question, answer, feedback, progress, evidence …')
    ]
    content: StrictStr
    at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class NextLink(BaseModel):
    """
    The next task of the chain.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    role: StrictStr
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]


class Path(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='A path inside the repository, with `/`.',
            examples=['src/a.py'],
            max_length=4096,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class Path1(RootModel[StrictStr]):
    root: Annotated[StrictStr, Field(max_length=4096, min_length=1)]


class PolicyList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    policies: list[PolicyView]


class PolicyView(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    repository: Annotated[
        StrictStr | None, Field(description='null for all repositories.')
    ]
    kind: StrictStr
    pattern: StrictStr
    choice: StrictStr
    created_by: StrictStr
    created_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    revoked_by: StrictStr | None
    revoked_at: AwareDatetime | None
    used: Annotated[StrictInt, Field(description='How often it answered.', ge=0)]
    used_at: AwareDatetime | None


class Problem(BaseModel):
    """
    What could not be done and what to do about it (RFC 9457).
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Annotated[AnyUrl, Field(description='`urn:windlass:problem:` and the code.')]
    title: Annotated[StrictStr, Field(description='The kind of error in words.')]
    status: Annotated[StrictInt, Field(description='The HTTP status.', ge=400, le=599)]
    detail: Annotated[
        StrictStr, Field(description='What, which and why.', max_length=4000)
    ]
    code: Annotated[
        StrictStr,
        Field(
            description='Stable and for programs, e.g. `lease-lost`.',
            pattern='^[a-z]+(-[a-z]+)*$',
        ),
    ]
    hint: Annotated[
        StrictStr, Field(description='What to do next; may be empty.', max_length=2000)
    ]
    exit_code: Annotated[
        StrictInt,
        Field(
            description='What the command line exits with for the same error.',
            ge=1,
            le=130,
        ),
    ]
    instance: Annotated[
        AnyUrl | MISSING,
        Field(
            description="This occurrence; it is in the server's log under the same name."
        ),
    ] = MISSING
    errors: Annotated[
        list[ProblemError] | MISSING,
        Field(
            description='Where the request does not fit the contract.', max_length=20
        ),
    ] = MISSING


class ProblemError(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    in_: Annotated[
        Literal['body', 'path', 'query', 'header', 'cookie'], Field(alias='in')
    ]
    pointer: Annotated[
        StrictStr,
        Field(
            description='A JSON pointer into the body, or the name of the parameter.',
            max_length=500,
        ),
    ]
    rule: Annotated[
        StrictStr,
        Field(description='The rule that is broken, e.g. `required`.', max_length=100),
    ]
    detail: Annotated[StrictStr, Field(max_length=500)]


class ReadLetters(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    letters: Annotated[list[Id], Field(max_length=500, min_length=1)]


class ReadLettersAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    read: Annotated[StrictInt, Field(ge=0)]


class RegisterInstance(_JsonSchemaRuntimeValidationBaseCore):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_unique_items__: ClassVar[tuple[tuple[object, ...], ...]] = (
        (('lanes',),),
    )

    name: Annotated[
        StrictStr,
        Field(
            description='The name of an instance.',
            examples=['build-7'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$',
        ),
    ]
    kind: Annotated[
        StrictStr,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ]
    host: Annotated[
        StrictStr,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    lanes: Annotated[list[Word] | MISSING, Field(max_length=64)] = MISSING
    skills: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r'^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', strict=True)], SkillsAdditionalProperty] | MISSING,
        Field(description='Skill and how good, from 0 to 1.', max_length=64),
    ] = MISSING
    capacity: Annotated[
        StrictInt, Field(description='Tasks at once.', ge=1, le=1000)
    ] = 1
    beat_every_s: Annotated[StrictFloat, Field(ge=1.0, le=600.0)] = 10
    version: Annotated[
        StrictStr | MISSING,
        Field(
            description='One line of text.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING


class RejectWork(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    reason: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]
    commit: Annotated[
        StrictStr | MISSING,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ] = MISSING


class RejectWorkAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    rejections: Annotated[StrictInt, Field(ge=0)]


class RenewLease(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING


class RenewLeaseAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    expires_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    renew_every_s: Annotated[StrictFloat, Field(gt=0.0)]


class RenewLeases(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_tokens: Annotated[list[LeaseToken], Field(max_length=1000, min_length=1)]


class RenewLeasesAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    leases: Annotated[list[RenewedLease], Field(max_length=1000)]


class RenewedLease(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    state: Annotated[
        Literal['alive', 'lost', 'unknown'],
        Field(description='unknown: no such lease token.'),
    ]
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING
    expires_at: Annotated[
        AwareDatetime | MISSING,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ] = MISSING
    renew_every_s: Annotated[StrictFloat | MISSING, Field(gt=0.0)] = MISSING


class RequeueTask(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    reason: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class RequeueTaskAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]


class RespondToBlocker(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    task_id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    answer: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]
    choice: Annotated[
        StrictStr | MISSING,
        Field(
            description='One of the options of the question, where it has some.',
            max_length=500,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING


class RespondToBlockerAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]


class SendLetter(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    receiver: Annotated[
        StrictStr,
        Field(
            description='`all`, `lane:NAME`, `instance:NAME` or `person:NAME`.',
            examples=['lane:backend'],
            pattern='^(all|(instance|lane|person):[A-Za-z0-9][A-Za-z0-9._:@-]{0,125})$',
        ),
    ]
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING
    kind: Annotated[StrictStr, Field(pattern='^[a-z][a-z0-9-]{0,39}$')] = 'note'
    body: Annotated[
        StrictStr,
        Field(
            max_length=16384,
            min_length=1,
            pattern='^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$',
        ),
    ]


class SentLetters(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    letters: list[Id]


class Session(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    subject: StrictStr
    role: Annotated[
        Literal['viewer', 'operator', 'approver', 'admin', 'service', 'agent'],
        Field(description='What somebody may do.'),
    ]
    scopes: list[StrictStr]
    csrf: StrictStr | MISSING = MISSING
    expires_at: Annotated[
        AwareDatetime | MISSING,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ] = MISSING


class SetLane(_JsonSchemaRuntimeValidationBase):
    model_config = ConfigDict(
        extra='forbid',
    )
    __json_schema_property_count_rule__: ClassVar[tuple[Any, ...]] = (1, None)
    limit: Annotated[
        StrictInt | None | MISSING,
        Field(description='null takes the limit away.', ge=0, le=10000),
    ] = MISSING
    weight: Annotated[StrictFloat | MISSING, Field(ge=0.01, le=100.0)] = MISSING


SkillsAdditionalProperty = TypeAliasType(
    "SkillsAdditionalProperty", Annotated[StrictFloat, Field(ge=0.0, le=1.0)]
)


class Sop(BaseModel):
    """
    How a role works.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    role: StrictStr
    version: StrictStr
    title: StrictStr
    summary: StrictStr
    origin: Annotated[
        Literal['windlass', 'repository'], Field(description='Who wrote it.')
    ]
    problem: Annotated[
        StrictStr | MISSING,
        Field(
            description='Why the text that the repository has for this role is not used.'
        ),
    ] = MISSING
    text: StrictStr


class SopHead(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    role: StrictStr
    version: StrictStr
    title: StrictStr
    summary: StrictStr
    origin: Annotated[
        Literal['windlass', 'repository'], Field(description='Who wrote it.')
    ]


class SopList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    sops: list[SopHead]


class StateEntry(BaseModel):
    """
    A shared value.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    key: StrictStr
    version: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    value: AnyJson | None
    changed_by: StrictStr
    changed_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class StateHead(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    key: StrictStr
    version: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    changed_by: StrictStr
    changed_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class StateList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    entries: Annotated[list[StateHead], Field(max_length=500)]


class SubmissionView(BaseModel):
    """
    What was offered; windlass counted it itself.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    commit: Annotated[
        StrictStr,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ]
    files: list[StrictStr]
    lines: Annotated[StrictInt, Field(description='Lines added and removed.', ge=0)]


class SubmitForReview(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING
    commit: Annotated[
        StrictStr | MISSING,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ] = MISSING
    note: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING
    verdict: Annotated[
        Literal['pass', 'reject'] | MISSING, Field(description='What a review found.')
    ] = MISSING
    reason: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class SubmitForReviewAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    submission: SubmissionView | None


class SubmitForReviewWithEvidence(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    lease_token: Annotated[
        StrictStr | MISSING,
        Field(
            description='What a claim gave; left out where it is the bearer of the connection.',
            examples=['wl_lease_2Qb7'],
            max_length=200,
            min_length=1,
            pattern='^[!-~]+$',
        ),
    ] = MISSING
    commit: Annotated[
        StrictStr | MISSING,
        Field(description='A git object id.', pattern='^([0-9a-f]{40}|[0-9a-f]{64})$'),
    ] = MISSING
    note: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING
    verdict: Annotated[
        Literal['pass', 'reject'] | MISSING, Field(description='What a review found.')
    ] = MISSING
    reason: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING
    evidence: Evidence


class SubmitForReviewWithEvidenceAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    submission: SubmissionView | None
    evidence: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r'^[a-z_]{1,40}$', strict=True)], Literal['verified', 'refuted', 'unknown']],
        Field(description='Each claim by its name; unknown until it was checked.'),
    ]


class SweepStaleLeases(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    repository: Annotated[
        StrictStr | MISSING,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ] = MISSING


class SweepStaleLeasesAnswer(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    requeued: list[Id]
    failed: list[Id]


class TakeLock(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    ttl_s: Annotated[StrictFloat, Field(ge=1.0, le=3600.0)]
    task_id: Annotated[
        StrictInt | MISSING,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ] = MISSING


class TaskList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    tasks: Annotated[list[TaskView], Field(max_length=500)]
    next: Annotated[
        StrictInt | None, Field(description='Give it as `after`; null at the end.')
    ]


class TaskSpec(BaseModel):
    """
    What is asked for.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    runner: Annotated[StrictStr, Field(description='Who is meant to do it.')]
    paths: Annotated[
        list[StrictStr],
        Field(
            description='The only files it may change; empty means that the scope alone limits it.'
        ),
    ]
    rules: list[StrictStr]
    findings: list[FindingView]
    instructions: StrictStr


class TaskView(BaseModel):
    """
    A task as it stands. `spec` is left out in lists.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    repository: Annotated[
        StrictStr,
        Field(
            description='The name of a tended repository.',
            examples=['shop'],
            max_length=200,
            min_length=1,
            pattern='^[^\\u0000-\\u001f\\u007f]*$',
        ),
    ]
    item: Annotated[
        StrictInt | None | MISSING,
        Field(description='The entry of the backlog it comes from.'),
    ] = MISSING
    parent: Annotated[
        StrictInt | None | MISSING,
        Field(description='The task before it in the chain.'),
    ] = MISSING
    root: Annotated[
        StrictInt | None | MISSING, Field(description='The first task of the chain.')
    ] = MISSING
    lane: Annotated[StrictStr, Field(description='The lane it waits in.')]
    kind: Annotated[StrictStr, Field(description='What kind of work it is.')]
    role: Annotated[
        StrictStr,
        Field(
            description='Its part in the chain: empty for the work itself, else `qa`, `docs`, `audit` …'
        ),
    ]
    title: StrictStr
    status: Annotated[
        Literal['pending', 'planning', 'in_progress', 'blocked', 'review_needed', 'completed', 'failed', 'cancelled'],
        Field(description='Where a task stands.'),
    ]
    review: Annotated[
        Literal['', 'verified', 'approved'],
        Field(description='How far its review has come.'),
    ]
    risk: Annotated[
        StrictStr, Field(description='low, high, or empty where nobody judged it.')
    ]
    attempt: Annotated[StrictInt, Field(description='Attempts so far.', ge=0)]
    attempts_max: Annotated[
        StrictInt, Field(description='With this many lost, it fails.', ge=1)
    ]
    rejections: Annotated[
        StrictInt, Field(description='How often a review sent it back.', ge=0)
    ]
    fence: Annotated[
        StrictInt,
        Field(
            description='A number of a task that only grows; a smaller one is late.',
            ge=0,
            le=9007199254740991,
        ),
    ]
    base: Annotated[
        StrictStr,
        Field(
            description='The commit it starts from; empty until it is known.',
            pattern='^([0-9a-f]{40}|[0-9a-f]{64}|)$',
        ),
    ]
    waits_for: Annotated[
        StrictInt, Field(description='Tasks that have to be done before it.', ge=0)
    ]
    touches: Annotated[
        list[StrictStr],
        Field(
            description='Patterns of the files it changes; open tasks with overlapping ones never run at once.'
        ),
    ]
    skills: Annotated[
        list[StrictStr], Field(description='What a worker should be good at.')
    ]
    note: Annotated[StrictStr, Field(description='Why it stands where it stands.')]
    spec: TaskSpec | MISSING = MISSING
    created_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    updated_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]


class TestResult(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    outcome: Literal['passed', 'failed']
    exit_code: Annotated[StrictInt | MISSING, Field(ge=-128, le=255)] = MISSING
    summary: Annotated[
        StrictStr | MISSING,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ] = MISSING


class TestSuiteReliability(RootModel[StrictFloat]):
    root: Annotated[
        StrictFloat,
        Field(
            description='The share of repeated test runs that gave the same result.',
            ge=0.0,
            le=1.0,
        ),
    ]


class Text(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='Text of any length up to 64 Ki characters.',
            max_length=65536,
            min_length=1,
            pattern='^[^\\u0000]*$',
        ),
    ]


class TokenList(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    tokens: list[TokenView]


class TokenView(BaseModel):
    """
    A token without its text.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    id: Annotated[
        StrictInt,
        Field(description='A number that windlass gave.', ge=1, le=9007199254740991),
    ]
    kind: Literal['person', 'service', 'runner']
    subject: StrictStr
    role: Annotated[
        Literal['viewer', 'operator', 'approver', 'admin', 'service', 'agent'],
        Field(description='What somebody may do.'),
    ]
    name: StrictStr
    scopes: list[StrictStr]
    repository: StrictStr | None
    created_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    created_by: StrictStr
    expires_at: Annotated[
        AwareDatetime,
        Field(description='RFC 3339, UTC.', examples=['2026-11-21T12:00:00.000Z']),
    ]
    used_at: AwareDatetime | None
    revoked_at: AwareDatetime | None


class Word(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description='A short name: a lane, a skill, a role, a kind.',
            examples=['backend'],
            pattern='^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
        ),
    ]


class WorkspaceOffer(BaseModel):
    """
    What the work starts from.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    base: Annotated[
        StrictStr,
        Field(
            description='The commit to start from; empty until it is known.',
            pattern='^([0-9a-f]{40}|[0-9a-f]{64}|)$',
        ),
    ]
    branch: Annotated[StrictStr, Field(description='The branch to work on.')]
    path: Annotated[
        StrictStr | MISSING,
        Field(
            description='The directory to work in, where windlass made one on this machine.'
        ),
    ] = MISSING


class WriteState(BaseModel):
    model_config = ConfigDict(
        extra='forbid',
    )
    value: AnyJson | None


AnyJson.model_rebuild()


CONTRACT = "f4b8be3f0a9163a714c2dbdf2c22599a16a08deb81ec33ddb82f3bb3928a351b"
"""The digest of the schemas that these models were made from."""

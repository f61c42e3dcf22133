// What bpmnlint finds while drawing; the server's linter decides when a diagram is deployed.
import recommended from 'bpmnlint/config/recommended';
import conditionalFlows from 'bpmnlint/rules/conditional-flows';
import endEventRequired from 'bpmnlint/rules/end-event-required';
import eventBasedGateway from 'bpmnlint/rules/event-based-gateway';
import eventSubProcessTypedStartEvent from 'bpmnlint/rules/event-sub-process-typed-start-event';
import fakeJoin from 'bpmnlint/rules/fake-join';
import labelRequired from 'bpmnlint/rules/label-required';
import noBpmndi from 'bpmnlint/rules/no-bpmndi';
import noComplexGateway from 'bpmnlint/rules/no-complex-gateway';
import noDisconnected from 'bpmnlint/rules/no-disconnected';
import noDuplicateSequenceFlows from 'bpmnlint/rules/no-duplicate-sequence-flows';
import noGatewayJoinFork from 'bpmnlint/rules/no-gateway-join-fork';
import noImplicitEnd from 'bpmnlint/rules/no-implicit-end';
import noImplicitSplit from 'bpmnlint/rules/no-implicit-split';
import noImplicitStart from 'bpmnlint/rules/no-implicit-start';
import noOverlappingElements from 'bpmnlint/rules/no-overlapping-elements';
import singleBlankStartEvent from 'bpmnlint/rules/single-blank-start-event';
import singleEventDefinition from 'bpmnlint/rules/single-event-definition';
import startEventRequired from 'bpmnlint/rules/start-event-required';
import subProcessBlankStartEvent from 'bpmnlint/rules/sub-process-blank-start-event';
import superfluousGateway from 'bpmnlint/rules/superfluous-gateway';
import { is } from 'bpmnlint-utils';

/** The engine reads no element whose id is Start or End: the process would silently be empty. */
function reservedId() {
  return {
    check(node, reporter) {
      if (is(node, 'bpmn:FlowElement') && ['Start', 'End'].includes(node.id)) reporter.report(node.id, 'This id is reserved');
    }
  };
}

function formRequired() {
  return {
    check(node, reporter) {
      if (!is(node, 'bpmn:UserTask')) return;
      const values = node.extensionElements?.values ?? [];
      const properties = values.find(each => each.$type === 'spiffworkflow:Properties')?.properties ?? [];
      if (!properties.some(each => each.name === 'form' && each.value)) reporter.report(node.id, 'A task for a person needs a form');
    }
  };
}

const RULES = {
  'bpmnlint/conditional-flows': conditionalFlows,
  'bpmnlint/end-event-required': endEventRequired,
  'bpmnlint/event-based-gateway': eventBasedGateway,
  'bpmnlint/event-sub-process-typed-start-event': eventSubProcessTypedStartEvent,
  'bpmnlint/fake-join': fakeJoin,
  'bpmnlint/label-required': labelRequired,
  'bpmnlint/no-bpmndi': noBpmndi,
  'bpmnlint/no-complex-gateway': noComplexGateway,
  'bpmnlint/no-disconnected': noDisconnected,
  'bpmnlint/no-duplicate-sequence-flows': noDuplicateSequenceFlows,
  'bpmnlint/no-gateway-join-fork': noGatewayJoinFork,
  'bpmnlint/no-implicit-end': noImplicitEnd,
  'bpmnlint/no-implicit-split': noImplicitSplit,
  'bpmnlint/no-implicit-start': noImplicitStart,
  'bpmnlint/no-overlapping-elements': noOverlappingElements,
  'bpmnlint/single-blank-start-event': singleBlankStartEvent,
  'bpmnlint/single-event-definition': singleEventDefinition,
  'bpmnlint/start-event-required': startEventRequired,
  'bpmnlint/sub-process-blank-start-event': subProcessBlankStartEvent,
  'bpmnlint/superfluous-gateway': superfluousGateway,
  'bpmnlint-plugin-house/reserved-id': reservedId,
  'bpmnlint-plugin-house/form-required': formRequired
};

function known(name) {
  return RULES[`bpmnlint/${name}`] !== undefined;
}

const chosen = Object.fromEntries(Object.entries(recommended.rules).filter(([name]) => known(name)));

export const lintConfig = {
  config: { rules: { ...chosen, 'house/reserved-id': 'error', 'house/form-required': 'error' } },
  resolver: {
    resolveRule(plugin, name) {
      const rule = RULES[`${plugin}/${name}`];
      if (!rule) throw new Error(`there is no rule ${plugin}/${name}`);
      return rule;
    },
    resolveConfig() {
      throw new Error('the rules stand in one list; no configuration extends it');
    }
  }
};

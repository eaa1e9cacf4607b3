import { describe, expect, it } from 'vitest';
import { Failure } from '../../errors.ts';
import { all, readXml, textAt } from './xml.ts';

describe('the XML of others', () => {
  it('is read as elements and text, whatever their prefixes and attributes', () => {
    const root = readXml(
      'test',
      '\uFEFF<?xml version="1.0"?>\n<!-- a <b> --><n:a xmlns:n="urn:x" k=\'1\'><b> 1 &amp; 2 </b><b/><c.d><e>x</e></c.d></n:a>\n',
    );
    expect(root.name).toBe('a');
    expect(all(root, 'b').map(({ text }) => text)).toEqual(['1 & 2', '']);
    expect([textAt(root, 'c.d', 'e'), textAt(root, 'c.d', 'f'), textAt(root, 'x', 'y')]).toEqual([
      'x',
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an entity of its own', '<a>&x;</a>'],
    ['an entity that every object has', '<a>&toString;</a>'],
    ['a bare ampersand', '<a>1 & 2</a>'],
    ['a number for a character', '<a>&#65;</a>'],
    ['character data', '<a><![CDATA[x]]></a>'],
    ['an element that is not closed', '<a><b></a>'],
    ['a document cut short', '<a><b>1</b>'],
    ['a tag cut short', '<a><b'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>x'],
    ['nothing', ''],
    ['JSON', '{"a":1}'],
    ['a web page', '<!doctype html><title>x</title>'],
    ['an element that closes nothing', '</a>'],
    ['a great depth', `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`],
  ])('is refused when it is %s', (_, body) => {
    expect(() => readXml('test', body)).toThrow(Failure);
  });
});

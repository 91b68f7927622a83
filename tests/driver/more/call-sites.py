#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Undoes every single change of every stored driver patch, and sees who notices.

call-sites.py [--kernel KVER]... [NIC]...

Two checks stand between a change that is missing and a driver that goes around the
hook. They share nothing, so each is asked for itself:
 - source: driver/unhooked reads the file,
 - object: driver/gate reads the machine code of the file, compiled once more.
A change in code that this kernel's configuration leaves out has no machine code; that
it has none is seen by comparing the two objects. Fails if a change is undone and the
source check does not see it, or the code differs and the object check does not.
Too long for make check; needs what driver/build needs.
"""
import argparse
import collections
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
KINDS = {
    'vsext_gro_receive': 'receive',
    'vsext_gro_frags': 'frags',
    'vsext_complete_done': 'complete_done',
    'vsext_complete': 'complete',
    'vsext_poll_end': 'poll return',
}
TOKEN = re.compile(r'\b(vsext_(?:gro_receive|gro_frags|complete_done|complete|poll_end))\b')

Site = collections.namedtuple('Site', 'file line kind function text')
Row = collections.namedtuple('Row', 'nic kver site source object')


class Failed(Exception):
    pass


def output_of(*command, cwd=None, check=True):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if check and done.returncode:
        raise Failed(f"{' '.join(command[:3])}: {done.stdout.strip()[-2000:]}")
    return done.stdout, done.returncode


def nics():
    with open(f'{TOP}/driver/nics', encoding='utf-8') as table:
        rows = [line.split() for line in table if line.strip() and not line.startswith('#')]
    return {row[0]: row[1] for row in rows}


def hunks(patch):
    """(file, first line in the new file, old lines, new lines), without context lines."""
    file, found = None, []
    with open(patch, encoding='utf-8') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if line.startswith('+++ '):
                file = line[4:].split('/', 1)[1]
            elif line.startswith('@@'):
                start = int(re.search(r'\+(\d+)', line).group(1))
                found.append((file, start, [], []))
            elif line.startswith('-') and not line.startswith('--- '):
                found[-1][2].append(line[1:])
            elif line.startswith('+'):
                found[-1][3].append(line[1:])
    return [h for h in found if h[2]]


def find_block(lines, block, near):
    """Where the hunk is in this source, which may be newer than the patch."""
    places = [i for i in range(len(lines) - len(block) + 1) if lines[i:i + len(block)] == block]
    if not places:
        raise Failed(f'the patched source does not hold: {block[0].strip()}')
    return min(places, key=lambda i: abs(i - (near - 1)))


def function_at(lines, at):
    for line in reversed(lines[:at + 1]):
        name = re.match(r'[A-Za-z_].*?\b(\w+)\s*\(', line)
        if name and not line.rstrip().endswith(';'):
            return name.group(1)
    return '?'


def undone_tokens(new):
    """Each change of one line, undone for itself."""
    for match in TOKEN.finditer(new):
        name = match.group(1)
        head, tail = new[:match.start()], new[match.end():]
        if name == 'vsext_poll_end':
            inner = re.match(r'\s*\(\s*\w+\s*,\s*(.*)\);', tail)
            yield name, head + inner.group(1) + ';'
        else:
            yield name, head + name.replace('vsext_', 'napi_') + tail


def undoings(hunk, at):
    """(change, line, lines instead of the hunk's) for everything that it changes."""
    _, _, old, new = hunk
    for i, line in enumerate(new):
        tokens = TOKEN.findall(line)
        if len(old) != len(new):    # one call, spread over more lines
            if tokens:
                yield tokens[0], at + i, old
        elif len(tokens) == 1:
            yield tokens[0], at + i, new[:i] + [old[i]] + new[i + 1:]
        else:
            for name, text in undone_tokens(line):
                yield name, at + i, new[:i] + [text] + new[i + 1:]


def sites_of(patch, tree):
    for hunk in hunks(patch):
        with open(f'{tree}/{hunk[0]}', encoding='utf-8') as source:
            lines = source.read().split('\n')
        at = find_block(lines, hunk[3], hunk[1])
        for name, line, instead in undoings(hunk, at):
            text = lines[:at] + instead + lines[at + len(hunk[3]):]
            yield Site(hunk[0], line + 1, KINDS[name], function_at(lines, line), '\n'.join(text))


class Build:
    """A driver's tree as driver/build left it, and a copy of its source to change."""

    def __init__(self, nic, kver, work):
        output_of(f'{TOP}/driver/build', kver, nic)
        self.tree = f'{TOP}/build/driver/{kver}/{nic}'
        self.dir = f'{self.tree}/{nics()[nic]}'
        self.kver = kver
        self.copy = f'{work}/tree'
        self.headers = output_of(f'{TOP}/tools/lab/kernel', kver, 'headers')[0].strip()
        shutil.copytree(self.tree, self.copy, symlinks=True, ignore=self.not_source)
        sources = [os.path.join(d, f) for d, _, files in os.walk(self.dir)
                   for f in files if f.endswith(('.c', '.h'))]
        self.polls = output_of(f'{TOP}/driver/unhooked', '--polls', *sources)[0].split()
        self.objtool = self.objtool_words()
        self.intact = {}

    @staticmethod
    def not_source(folder, names):
        return [n for n in names if not n.endswith(('.c', '.h')) and
                not os.path.isdir(os.path.join(folder, n))]

    def commands(self):
        for folder, _, files in os.walk(self.dir):
            for file in files:
                if file.startswith('.') and file.endswith('.o.cmd'):
                    with open(os.path.join(folder, file), encoding='utf-8') as text:
                        yield os.path.join(folder, file[1:-4]), text.read()

    def objtool_words(self):
        for _, text in self.commands():
            words = re.search(r'(\S*tools/objtool/objtool --.*) \S+\.o\s*$', text.split('\n')[0])
            if words:
                return words.group(1)
        return None

    def compiles(self, file):
        """The objects that a change of the file changes: its own, or a header's users."""
        own = f'{self.tree}/{file}'
        for obj, text in self.commands():
            if file.endswith('.c'):
                if obj == own[:-2] + '.o':
                    yield obj
            elif own in self.includes(text):
                yield obj

    def includes(self, text):
        """Headers that an object was made of; 7.2 names them from the module's folder."""
        return {os.path.normpath(os.path.join(self.dir, word))
                for word in text.split() if word.endswith('.h')}

    def compile(self, obj, result):
        with open(os.path.join(os.path.dirname(obj), f'.{os.path.basename(obj)}.cmd'),
                  encoding='utf-8') as text:
            line = text.readline().split(' := ', 1)[1].split(' ; ')[0].strip()
        line = line.replace(self.tree, self.copy).replace(f'{self.copy}/{obj[len(self.tree) + 1:]}',
                                                          result)
        line = re.sub(r'-Wp,-MMD,\S+', '', line)
        folder, own = self.headers, f' -o {os.path.relpath(obj, self.dir)} '
        if own in line:     # 7.2 compiles in the module's folder
            folder = self.dir.replace(self.tree, self.copy)
            line = line.replace(own, f' -o {result} ')
        script = f'set -e; export SRCARCH=x86; cd {shlex.quote(folder)}; {line} -g0'
        if self.objtool:
            script += f'; {self.objtool} {shlex.quote(result)}'
        output_of(f'{TOP}/tools/lab/buildroot', self.kver, 'bash', '-c', script)

    def gate(self, obj):
        """What is wrong; that an object is not a whole driver is not."""
        said = output_of(f'{TOP}/driver/gate', obj, *self.polls, check=False)[0]
        return [line for line in said.split('\n') if line and
                'goes through the hook' not in line and 'not a NIC driver' not in line and
                'no poll function found' not in line]

    def code(self, obj):
        text = output_of('objdump', '-drw', '--no-show-raw-insn', obj)[0]
        return text.split('\n', 3)[3]

    def baseline(self, obj, work):
        """The machine code of the unchanged file, which must pass."""
        if obj not in self.intact:
            result = f'{work}/intact.o'
            self.compile(obj, result)
            wrong = self.gate(result)
            if wrong:
                raise Failed(f'{obj[len(self.dir) + 1:]} does not pass the gate unchanged: {wrong[0]}')
            self.intact[obj] = self.code(result)
        return self.intact[obj]

    def ask_source(self, site):
        return output_of(f'{TOP}/driver/unhooked', f'{self.copy}/{site.file}', check=False)[1] == 1

    def ask_object(self, site, work):
        """caught, missed, or no code."""
        verdict = 'no code'
        for obj in self.compiles(site.file):
            before = self.baseline_of_original(obj, site, work)
            result = f'{work}/undone.o'
            self.compile(obj, result)
            if self.code(result) == before:
                continue
            if self.gate(result):
                return 'caught'
            verdict = 'missed'
        return verdict

    def baseline_of_original(self, obj, site, work):
        if obj in self.intact:
            return self.intact[obj]
        path = f'{self.copy}/{site.file}'
        shutil.copy(f'{self.tree}/{site.file}', path)
        before = self.baseline(obj, work)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(site.text)
        return before

    def try_site(self, site, work):
        path = f'{self.copy}/{site.file}'
        with open(path, 'w', encoding='utf-8') as file:
            file.write(site.text)
        try:
            return self.ask_source(site), self.ask_object(site, work)
        finally:
            shutil.copy(f'{self.tree}/{site.file}', path)


def rows_of(nic, kver):
    # Where a compiler in a root of its own sees it as well.
    with tempfile.TemporaryDirectory(dir=f'{TOP}/build') as work:
        build = Build(nic, kver, work)
        patch = f'{TOP}/driver/patches/{kver}/{nic}.patch'
        for site in sites_of(patch, build.tree):
            source, obj = build.try_site(site, work)
            yield Row(nic, kver, site, 'caught' if source else 'missed', obj)


def noticed(row):
    return row.source == 'caught' and row.object != 'missed'


def show(row, folder):
    site = row.site
    print(f"{'ok  ' if noticed(row) else 'FAIL'} {row.nic:<11}{row.kver:<6}"
          f'{os.path.relpath(site.file, folder)}:{site.line}:{site.function}  '
          f'{site.kind}  source: {row.source}  object: {row.object}', flush=True)


def summary(rows):
    kinds = list(KINDS.values())
    print('\n| driver | kernel | ' + ' | '.join(kinds) + ' | all | source | object | no code |')
    print('|---' * (len(kinds) + 6) + '|')
    groups = collections.OrderedDict()
    for row in rows:
        groups.setdefault((row.nic, row.kver), []).append(row)
    for name, some in list(groups.items()) + [(('all', ''), rows)]:
        counts = [sum(r.site.kind == k for r in some) for k in kinds]
        counts += [len(some), sum(r.source == 'caught' for r in some),
                   sum(r.object == 'caught' for r in some),
                   sum(r.object == 'no code' for r in some)]
        print(f'| {name[0]} | {name[1]} | ' + ' | '.join(map(str, counts)) + ' |')


def main():
    parser = argparse.ArgumentParser(description='Undo every change of every driver patch.')
    parser.add_argument('--kernel', action='append', metavar='KVER')
    parser.add_argument('nic', nargs='*')
    args = parser.parse_args()
    table, rows = nics(), []
    stored = sorted(os.listdir(f'{TOP}/driver/patches'), key=lambda v: [int(n) for n in v.split('.')])
    for kver in args.kernel or stored:
        for nic in args.nic or table:
            if not os.path.exists(f'{TOP}/driver/patches/{kver}/{nic}.patch'):
                continue
            for row in rows_of(nic, kver):
                show(row, table[nic])
                rows.append(row)
    summary(rows)
    missed = [row for row in rows if not noticed(row)]
    print(f'\n{len(rows)} changes undone, {len(missed)} not noticed')
    return 1 if missed or not rows else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except (Failed, OSError) as problem:
        sys.exit(f'call-sites: {problem}')

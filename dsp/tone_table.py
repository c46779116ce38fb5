"""Supervisory tones by country, as data: frequencies and cadences with their sources.

A row of `MAIN` is `country | dial | ringback | busy | congestion | sources`, one of
`OTHERS` is `country | name | tones | sources`.  Tones hold alternatives parted by
``/``, the usual one first, each ``frequencies: on off on off``: Hz joined by ``+`` and
seconds; no cadence means a steady tone.  A tone modulated to depth is written as its
carrier and side lines.  Tones of two levels, and tones shorter than 70 ms or with
breaks shorter than that, are not here.
"""

#: Sources by the letter used in the tables.
SOURCES = {
    "E": "ITU-T E.180 Supplement 2, Various tones used in national networks",
    "A": "Asterisk indications.conf, as used by operators in the field",
    "P": "AT&T Notes on the Network, Precise Tone Plan",
    "B": "BT SIN 350 and Asterisk indications.conf",
    "C": "Communications Alliance AS/CA S002 and ITU-T E.180 Supplement 2",
    "G": "Telcordia GR-506, Signaling for Analog Interfaces",
    "N": "Telecom New Zealand TNA 102",
}

MAIN = """
ae | 350+440 | 400+450: .4 .2 .4 2 / 425: .4 .2 .4 2 | 400: .375 .375 / 425: .375 .375 | 400: .4 .35 .225 .525 / 425: .4 .35 .225 .525 | E
al | 425 | 425: 1 4 | 425: .3 .3 | 425: .15 .15 | E
ar | 425 | 425: 1 4 | 425: .3 .2 | 425: .3 .4 | E
at | 420 / 450 | 420: 1 5 / 450: 1 5 | 420: .4 .4 / 450: .3 .3 | 420: .2 .2 / 450: .2 .2 | EA
au | 400+425+450 / 425 / 413+438 / 400+450 | 383+417: .4 .2 .4 2 / 400+450: .4 .2 .4 2 / 413+438: .4 .2 .4 2 | 425: .375 .375 / 400: .375 .375 | | CEA
be | 425 / 450 | 425: 1 3 / 450: 1 3 | 425: .5 .5 / 450: .5 .5 | 425: .167 .167 / 450: .167 .167 | EA
bg | 425 / 425: .25 .3 .7 .8 / 425: .25 .75 .75 1 | 425: 1 4 / 425: 1 9 / 425: 1.83 3 | 425: .5 .5 / 425: .25 .25 / 425: .2 .5 | | EA
bh | 330+440 | 440: .4 .2 .4 2 / 450: .4 .2 .4 2 | 400: .375 .375 | 400: .4 .35 .225 .525 | E
br | 425 | 425: 1 4 | 425: .25 .25 | 425: .25 .25 .75 .25 | EA
ca | 350+440 | 440+480: 2 4 / 440+480: 1 3 | 480+620: .5 .5 | 480+620: .25 .25 | PE
ch | 425 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
cl | 400 | 400: 1 3 | 400: .5 .5 | 400: .2 .2 | EA
cn | 450 | 450: 1 4 | 450: .35 .35 | 450: .7 .7 | EA
cr | 425 | 425: 1.2 4.6 | 425: .3 .3 | | E
cy | 350+450 | 425: 1.5 3 / 375+425: .4 .2 .4 2 | 425: .5 .5 | 425: .25 .25 | E
cz | 425: .33 .33 .66 .66 / 425 / 425: .165 .165 .66 .66 | 425: 1 4 | 425: .33 .33 / 425: .165 .165 .165 .33 | 425: .165 .165 | EA
de | 425 / 450 | 425: 1 4 / 425: .25 4 1 4 1 4 / 425: .5 4 1 4 1 4 / 425: 1 5 / 450: 1 4 / 450: 1 9 | 425: .48 .48 | 425: .24 .24 / 425: .15 .475 | EA
dk | 425 | 425: 1 4 | 425: .25 .25 / 425: .5 .5 | 425: .2 .2 | EA
ee | 425 | 425: 1 4 | 425: .3 .3 | 425: .2 .2 | EA
es | 425 | 425: 1.5 3 | 425: .2 .2 | 425: .2 .2 .2 .2 .2 .6 | EA
fi | 425 | 425: 1 4 | 425: .3 .3 | 425: .2 .2 | EA
fr | 440 / 330+440 | 440: 1.5 3.5 | 440: .5 .5 | 440: .25 .25 | EA
gb | 350+440 | 400+450: .4 .2 .4 2 / 375+425: .4 .2 .4 2 / 383+417: .4 .2 .4 2 | 400: .375 .375 | 400: .4 .35 .225 .525 | BE
gr | 425: .2 .3 .7 .8 / 450: .2 .3 .7 .8 | 425: 1 4 / 450: 1 4 | 425: .3 .3 / 450: .3 .3 | 425: .15 .15 / 425: .2 .2 | EA
hk | 350+440 | 440+480: .4 .2 .4 3 | 480+620: .5 .5 | 480+620: .25 .25 | EA
hr | 425: .2 .3 .7 .8 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
hu | 425 | 425: 1.2 3.7 | 425: .3 .3 | | EA
id | 425 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
ie | 400+425+450 / 425 | 400+450: .4 .2 .4 2 / 400: .4 .2 .4 2 / 450: .4 .2 .4 2 | 425: .5 .5 | | EA
il | 400 / 414 / 425 / 440 | 400: 1 3 / 414: 1 3 / 425: 1 3 / 440: 1 3 | 400: .5 .5 / 414: .5 .5 / 425: .5 .5 / 440: .5 .5 | 400: .25 .25 / 414: .25 .25 | EA
in | 375+425 / 375+400+425 | 375+425: .4 .2 .4 2 / 375+400+425: .4 .2 .4 2 / 375+425: .4 .2 .4 2.6 | 400: .75 .75 / 400: .6 .6 | 400: .25 .25 | EA
is | 425 | 425: 1.2 4.7 | 425: .25 .25 | | EA
it | 425: .2 .2 .6 1 / 425 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
jp | 400 | 384+416: 1 2 / 384+400+416: 1 2 / 380+420: 1 2 | 400: .5 .5 | | EA
kr | 350+440 | 440+480: 1 2 | 480+620: .5 .5 | 480+620: .3 .2 | EA
kw | 425 | 425: 1 4 / 400: 1 3 | 425: .5 .5 | | E
lt | 425 | 425: 1 4 / 425: .8 3.2 | 425: .35 .35 / 425: .4 .4 | 425: .2 .2 | EA
lu | 425 / 450 | 425: 1 4 | 425: .5 .5 / 450: .5 .5 | 425: .25 .25 / 450: .25 .25 | EA
mo | 425 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | E
mx | 425 | 425: 1 4 | 425: .25 .25 | | EA
my | 425 | 425: .4 .2 .4 2 | 425: .5 .5 | 425: .25 .25 | EA
ng | 400 / 425 / 450 | 400: 2 4 / 425: 2 4 / 450: 2 4 | 400: .5 .5 | 400: .25 .25 | E
nl | 425 / 450 | 425: 1 4 / 450: 1 4 | 425: .5 .5 / 450: .5 .5 | 425: .25 .25 / 450: .25 .25 | EA
no | 425 | 425: 1 4 / 400: 1 3 / 450: 1 3 | 425: .5 .5 / 400: .2 .4 / 450: .2 .4 | 425: .2 .2 / 425: .25 .25 | EA
nz | 400 | 400+450: .4 .2 .4 2 | 400: .5 .5 | 400: .25 .25 / 900: .5 .5 | EA
om | 425 | 425: .4 .2 .4 2 | 425: .5 .5 | | E
ph | 425 | 425+480: 1 4 / 450: 1 10 | 480+620: .5 .5 / 425: .5 .5 / 450: .4 .2 | 480+620: .25 .25 | EA
pl | 425 | 425: 1 4 | 425: .5 .5 | | EA
pt | 425 / 400 | 425: 1 5 / 400: 1 5 | 425: .5 .5 / 400: .5 .5 | 425: .2 .2 | EA
qa | 350+440 | 400+450: .4 .2 .4 2 / 400+450: .4 .2 .4 2.2 | 400: .375 .375 / 400: .8 .8 | 400: .4 .35 .225 .525 | E
ro | 400 / 450 | 425+475: 2 4 / 384+416: 2 4 | 450: .15 .2 | | EA
ru | 425 | 425: 1 4 / 425: .8 3.2 | 425: .35 .35 / 425: .4 .4 | 425: .175 .175 | EA
sa | 425 | 425: 1.2 4.6 | 425: .5 .5 | | EA
se | 425 | 425: 1 5 / 400: 1 9 | 425: .25 .25 | 425: .25 .75 | EA
sg | 425 | 401+449: .4 .2 .4 2 / 401+425+449: .4 .2 .4 2 | 425: .75 .75 | 425: .25 .25 | EA
si | 425: .2 .3 .7 .8 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
sk | 425: .33 .33 .66 .66 / 425 | 425: 1 4 | 425: .33 .33 | 425: .165 .165 | EA
th | 350+400+450 / 350+450 / 400 | 400: 1 4 / 420: 1 5 | 400: .5 .5 / 450: .33 .33 | 400: .3 .3 | EA
tr | 450 | 450: 2 4 | 450: .5 .5 | 450: .2 .2 .2 .2 .2 .2 .6 .2 | EA
tw | 350+440 | 440+480: 1 2 | 480+620: .5 .5 | 480+620: .25 .25 | EA
us | 350+440 | 440+480: 2 4 / 440+480: 1 3 | 480+620: .5 .5 | 480+620: .25 .25 | PE
uy | 425 / 450: .7 .8 .2 .3 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | E
ve | 425 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | A
za | 383+417 / 367+400+433 | 367+400+433: .4 .2 .4 2 | 400: .5 .5 | 400: .25 .25 | EA
"""  # noqa: E501 - one country per line reads best

#: Number unobtainable, special dial tone (under the name of stutter dial tone: messages
#: wait, or a service is on), confirmation, and call waiting inside a call.
OTHERS = """
ae | number_unobtainable | 400 / 425 | E
au | number_unobtainable | 425: 2.5 .5 / 400: 2.5 .5 | EA
bh | number_unobtainable | 400 | E
cn | number_unobtainable | 450: .1 .1 .1 .1 .1 .1 .4 .4 | EA
cy | number_unobtainable | 425: 2.5 .5 | E
gb | number_unobtainable | 400 | BE
hk | number_unobtainable | 480+620 | E
id | number_unobtainable | 425: 2 .5 | E
ie | number_unobtainable | 400: 6 1 / 425: 6 1 | E
in | number_unobtainable | 400 / 400: 2.5 .5 | E
kr | number_unobtainable | 450: .2 .1 .2 1.5 | E
kw | number_unobtainable | 400 | E
my | number_unobtainable | 425: 2.5 .5 | E
ng | number_unobtainable | 450: 5.5 .5 | E
nz | number_unobtainable | 400: .075 .1 .075 .1 .075 .1 .075 .4 / 400: .75 .1 .75 .1 .75 .1 .75 .4 | NE
om | number_unobtainable | 425: .2 .3 | E
qa | number_unobtainable | 400 | E
sg | number_unobtainable | 425: 2.5 .5 | EA
th | number_unobtainable | 400: .1 .9 .1 .9 .1 .9 .1 .9 .1 .9 .1 .9 .3 .7 | E
tr | number_unobtainable | 450: .2 .2 | E
za | number_unobtainable | 400: 2.5 .5 | E
at | stutter_dial | 380+420 | E
de | stutter_dial | 400+425 | E
es | stutter_dial | 425: 1 .1 | E
hu | stutter_dial | 350+375+400 | E
il | stutter_dial | 400: 1 .25 | E
mo | stutter_dial | 425: 1.8 .2 | E
my | stutter_dial | 425: .25 .25 .25 .25 2 .25 | E
ph | stutter_dial | 400+425 | E
pt | stutter_dial | 425: 1 .2 | EA
tr | stutter_dial | 450: 1 .25 | E
ca | confirmation | 350+440: .1 .1 .3 3 | E
us | confirmation | 350+440: .1 .1 .3 3 | E
il | confirmation | 400: .15 .15 .3 3 | E
jp | confirmation | 400: .125 .125 .125 .625 | E
uy | confirmation | 425: .1 .2 .1 .2 .1 1.3 | E
ar | call_waiting | 425: .3 10 | E
au | call_waiting | 425: .2 .2 .2 4.4 | A
bg | call_waiting | 425: .15 .15 .15 4 | A
ca | call_waiting | 440: .3 10 | G
ch | call_waiting | 425: .2 .2 .2 4 | A
cl | call_waiting | 400: .25 8.75 | A
cn | call_waiting | 450: .4 4 | EA
cz | call_waiting | 425: .33 9 / 425: .33 5 | AE
de | call_waiting | 425: .2 .2 .2 5 | EA
dk | call_waiting | 425: .2 .6 .2 3 / 425: .2 .2 .2 4 | A
es | call_waiting | 425: .175 .175 .175 3.5 | EA
fi | call_waiting | 425: .15 .15 .15 8 | EA
fr | call_waiting | 440: .3 10 | A
gb | call_waiting | 400: .1 3 / 400: .25 .25 .25 .25 .25 5 | BE
gr | call_waiting | 425: .3 10 / 425: .15 .15 .15 8 | EA
hk | call_waiting | 440: .5 .5 .5 .5 .5 8 | E
hr | call_waiting | 425: .3 8 | E
id | call_waiting | 425: .15 .15 .15 10 | A
il | call_waiting | 400: .15 10 / 400: .1 .1 .1 .1 .6 3 / 414: .1 .1 .1 .1 .6 3 | EA
in | call_waiting | 400: .2 .1 .2 7.5 | A
is | call_waiting | 425: .2 .6 .2 5 | E
it | call_waiting | 425: .4 .1 .25 .1 .15 14 | A
kr | call_waiting | 350+440: .25 .25 .25 3.25 | E
lt | call_waiting | 425: .15 .15 .15 4 | A
mx | call_waiting | 425: .2 .6 .2 10 | A
nl | call_waiting | 425: .5 9.5 | EA
no | call_waiting | 425: .2 .6 .2 10 | A
nz | call_waiting | 400: .2 3 / 400: .25 .25 .25 3.25 | NE
ph | call_waiting | 440: .3 10 | A
pl | call_waiting | 425: .15 .15 .15 4 | EA
pt | call_waiting | 425: .2 .2 .2 5 / 440: .3 10 | EA
ru | call_waiting | 425: .2 5 | A
sa | call_waiting | 425: .2 .6 .2 4 | E
se | call_waiting | 425: .2 .5 .2 9.1 | EA
sg | call_waiting | 425: .3 .2 .3 3.2 / 401+425+449: .3 .2 .3 3.2 | EA
sk | call_waiting | 425: .33 9 | E
tw | call_waiting | 350+440: .25 .25 .25 3.25 | A
us | call_waiting | 440: .3 10 | G
uy | call_waiting | 425: .2 .2 .2 4.4 | E
za | call_waiting | 367+433: .25 .25 .25 .25 .25 .25 .25 7.25 | EA
"""  # noqa: E501 - one tone per line reads best

#: Call waiting where no source says otherwise, with the country's dial tone (E.180).
CALL_WAITING = "{dial}: .2 .2 .2 4.5"
#: Stutter dial tone where no source says otherwise: dial tone begun by short bursts.
STUTTER_S = (0.1, 0.1)

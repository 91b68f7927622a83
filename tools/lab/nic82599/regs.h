/* SPDX-License-Identifier: GPL-2.0-only */
/* regs - registers of the 82599 and their bits, by the names of its datasheet */
#ifndef NIC82599_REGS_H
#define NIC82599_REGS_H

#include <stdint.h>

/* Where registers with a number lie that are not all in one row. */
static inline uint32_t rows(unsigned int i, unsigned int first, uint32_t low, uint32_t high,
			    uint32_t step)
{
	return i < first ? low + step * i : high + step * (i - first);
}

#define CTRL		0x00000u
#define CTRL_GIO_DIS	0x00000004u
#define CTRL_LNK_RST	0x00000008u
#define CTRL_RST	0x04000000u
#define STATUS		0x00008u
#define STATUS_GIO	0x00080000u
#define I2CCTL		0x00028u
#define RDRXCTL		0x02f00u
#define RDRXCTL_DMAIDONE 0x00000008u
#define RXCTRL		0x03000u
#define RXCTRL_RXEN	0x00000001u
#define RXPBSIZE	0x03c00u
#define HLREG0		0x04240u
#define HLREG0_JUMBOEN	0x00000004u
#define MSCA		0x0425cu
#define MSCA_BUSY	0x40000000u
#define MSRWD		0x04260u
#define MAXFRS		0x04268u
#define AUTOC		0x042a0u
#define LINKS		0x042a4u
#define ANLP1		0x042b0u
#define LINKS2		0x04324u
#define DMATXCTL	0x04a80u
#define DMATXCTL_TE	0x00000001u
#define FCTRL		0x05080u
#define FCTRL_MPE	0x00000100u
#define FCTRL_UPE	0x00000200u
#define FCTRL_BAM	0x00000400u
#define VLNCTRL		0x05088u
#define VLNCTRL_VFE	0x40000000u
#define MCSTCTRL	0x05090u
#define MCSTCTRL_MO	0x00000003u
#define MCSTCTRL_MFE	0x00000004u
#define MTA(i)		(0x05200u + 4 * (i))
#define RAL(i)		rows(i, 16, 0x05400, 0x0a280, 8)
#define RAH(i)		(RAL(i) + 4)
#define RAH_AV		0x80000000u
#define RAR_ENTRIES	128u
#define MRQC		0x05818u
#define RETA(i)		(0x05c00u + 4 * (i))
#define RSSRK(i)	(0x05c80u + 4 * (i))
#define SECTXSTAT	0x08804u
#define SECRXSTAT	0x08d04u
#define SEC_RDY		0x00000001u
#define SEC_OFF		0x00000002u
#define VFTA(i)		(0x0a000u + 4 * (i))
#define EEC		0x10010u
#define EERD		0x10014u
#define SWSM		0x10140u
#define SWSM_SMBI	0x00000001u
#define FWSM		0x10148u
#define FWSM_VALID	0x00008000u

/* Receive queues, 128 of them. */
#define RX_BASE(q)	rows(q, 64, 0x01000, 0x0d000, 0x40)
#define RDBAL(q)	(RX_BASE(q) + 0x00)
#define RDBAH(q)	(RX_BASE(q) + 0x04)
#define RDLEN(q)	(RX_BASE(q) + 0x08)
#define RDH(q)		(RX_BASE(q) + 0x10)
#define RDT(q)		(RX_BASE(q) + 0x18)
#define RXDCTL(q)	(RX_BASE(q) + 0x28)
#define RXDCTL_ENABLE	0x02000000u
#define RXDCTL_VME	0x40000000u
static inline uint32_t SRRCTL(unsigned int q)
{
	return q < 16 ? 0x02100 + 4 * q : RX_BASE(q) + 0x14;
}

#define SRRCTL_BSIZE	0x0000001fu	/* kilobytes */
#define SRRCTL_DROP_EN	0x10000000u

/* Transmit queues, as many. */
#define TX_QUEUES	128u
#define TX_BASE(q)	(0x06000u + 0x40 * (q))
#define TDBAL(q)	(TX_BASE(q) + 0x00)
#define TDBAH(q)	(TX_BASE(q) + 0x04)
#define TDLEN(q)	(TX_BASE(q) + 0x08)
#define TDH(q)		(TX_BASE(q) + 0x10)
#define TDT(q)		(TX_BASE(q) + 0x18)
#define TXDCTL(q)	(TX_BASE(q) + 0x28)
#define TXDCTL_ENABLE	0x02000000u

/* Statistics. */
#define RQSMR(i)	(0x02300u + 4 * (i))
#define TQSM(i)		(0x08600u + 4 * (i))
#define MPC(i)		(0x03fa0u + 4 * (i))
#define QPRC(i)		(0x01030u + 0x40 * (i))
#define QBRCL(i)	(0x01034u + 0x40 * (i))
#define QPRDC(i)	(0x01430u + 0x40 * (i))
#define QPTC(i)		(0x06030u + 0x40 * (i))
#define QBTCL(i)	(0x08700u + 8 * (i))
#define PRC64		0x0405cu	/* six sizes */
#define GPRC		0x04074u
#define BPRC		0x04078u
#define MPRC		0x0407cu
#define GPTC		0x04080u
#define GORCL		0x04088u
#define GOTCL		0x04090u
#define ROC		0x040acu
#define TORL		0x040c0u
#define TPR		0x040d0u
#define TPT		0x040d4u
#define PTC64		0x040d8u	/* six sizes */
#define MPTC		0x040f0u
#define BPTC		0x040f4u

#endif /* NIC82599_REGS_H */
